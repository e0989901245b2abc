/**
 * Logs: each that has its confirmations and is younger than the trigger fires once, wherever a
 * reorganisation puts it.
 *
 * Must: one that had its confirmations for long enough before the end, for a log is not missed
 * however long the vault was down. Must not: one from before the trigger was watched. May: one
 * from between the trigger's making and what the vault's clock, set back, takes for it, one
 * that was not read yet when the trigger was paused, and one that is further back than a new
 * filter is read when the vault can look for the first time.
 */
import { create } from "@bufbuild/protobuf";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { type Finding, type History, recoveryMs } from "../history.ts";
import { blockOf, type ChainLog, timeOf } from "../script/chain.ts";
import { sending } from "../vault/base.ts";
import type { Draw } from "./subject.ts";

type Rule = { readonly confirmations: number };

export const logContract = `0x${"e".repeat(40)}` as const;

/** How often a chain is looked at, at the least, and how long that may take. */
const promptMs = 15_000;

/** How many blocks of the past a new filter is read for certain. */
const pastBlocks = 60;

/** Draws a trigger on logs. */
export const log: Draw = (random) => {
  const rule: Rule = { confirmations: random.pick([0, 1, 3, 6]) };
  return {
    words: `logs ${JSON.stringify(rule)}`,
    wakes: "times",
    trigger: create(TriggerSchema, {
      displayName: "logs",
      condition: {
        test: {
          case: "chainLog",
          value: {
            contract: `eip155:1:${logContract}`,
            event: "Transfer(address indexed from, address indexed to, uint256 value)",
            confirmations: rule.confirmations,
          },
        },
      },
      intent: sending(1),
    }),
    judge: (history) => judge(rule, history),
  };
};

function judge(rule: Rule, history: History): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const { cause, look } of history.firings) {
    if (seen.has(cause)) findings.push({ kind: "duplicate", words: `${cause} fired again` });
    seen.add(cause);
    const found = history.chain.logs.find((one) => cause === causeOf(one));
    const atMs = history.looks[look]?.atMs ?? 0;
    if (found === undefined || !mayFire(rule, found, history, atMs)) {
      findings.push({ kind: "duplicate", words: `${cause} fired, and must not` });
    }
  }
  for (const one of history.chain.logs) {
    if (seen.has(causeOf(one)) || !mustFire(rule, one, history)) continue;
    findings.push({ kind: "lost", words: `${causeOf(one)} never fired` });
  }
  return findings;
}

/** Whether it could be seen with its confirmations, and is not from before the trigger's time. */
function mayFire({ confirmations }: Rule, one: ChainLog, history: History, atMs: number): boolean {
  const { chain, watched } = history;
  return one.blocks.some(({ fromMs, block }) => {
    const knownMs = Math.max(fromMs, timeOf(chain, block + confirmations));
    // Blocks have whole seconds.
    const isYoung = (ownMs: number) => timeOf(chain, block) >= Math.floor(ownMs / 1000) * 1000;
    return knownMs <= atMs && watched.some(({ ownMs }) => isYoung(ownMs));
  });
}

function mustFire({ confirmations }: Rule, one: ChainLog, history: History): boolean {
  const { chain } = history;
  const knownMs = Math.max(
    ...one.blocks.map(({ fromMs, block }) =>
      Math.max(fromMs, timeOf(chain, block + confirmations)),
    ),
  );
  const block = blockOf(one, knownMs) ?? 0;
  return history.watched.some((span) => {
    const sinceMs = Math.max(span.fromMs, span.ownMs);
    const young = one.blocks.every((at) => timeOf(chain, at.block) > sinceMs);
    const longMs = Math.max(recoveryMs, chain.blockMs) + promptMs;
    const calm = history.calm.some(
      ({ fromMs, toMs }) => Math.max(fromMs, knownMs) + promptMs <= Math.min(toMs, span.toMs),
    );
    if (!young || block === 0 || !calm || knownMs + longMs > span.toMs) return false;
    // A filter that was read is read on from there; a new one only so far back.
    const foundMs = timeOf(chain, block);
    return history.calm.some(({ fromMs, toMs }) => {
      const firstMs = Math.max(fromMs, span.fromMs) + promptMs;
      return firstMs <= toMs && firstMs <= foundMs + pastBlocks * chain.blockMs;
    });
  });
}

function causeOf(one: ChainLog): string {
  return `log/eip155:1/${one.transactionHash}/0`;
}
