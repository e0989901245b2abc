/**
 * A log on chain: each counts once, wherever a reorganisation puts its transaction. Pure.
 *
 * Logs of blocks from before the trigger was activated do not count. Those that match wait in
 * the state until the whole condition is decided, so that none is lost while it is unknown.
 */
import type { ChainLog } from "#gen/trigger/v1/chain_condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { formatChain, parseAccount } from "#protocol/names";
import { ok } from "#protocol/result";
import type { ChainLogEntry, LogFilter } from "../../chain/chain-read.ts";
import { logFilter } from "../../chain/reads.ts";
import { invalid, type LeafKind, type LeafOutcome } from "../leaf-kind.ts";
import type { NodeState } from "../state.ts";
import type { View } from "../view.ts";
import { formOf, isWhole, parseAbiValue } from "./abi-text.ts";
import { checkAccount } from "./chain-check.ts";
import { relationOf } from "./comparator.ts";
import { stale } from "./leaf-outcome.ts";
import { type EventShape, eventShape, matcherOf } from "./log-event.ts";

/** The most logs that wait to be decided. Later ones are not noted. */
const maxPending = 256;

type Pending = Extract<NodeState, { kind: "logs" }>["pending"];

/** A log on chain. */
export const chainLog: LeafKind<ChainLog> = {
  shape: "point",
  check(test, context) {
    const { path } = context;
    const contract = checkAccount(test.contract, `${path}.contract`, context);
    if (!contract.ok) return contract;
    const shape = eventShape(test.event);
    if (shape === undefined) {
      const hint = "must be an event: Transfer(address indexed from, address indexed to, uint256)";
      return invalid(`${path}.event`, hint);
    }
    for (const [at, argument] of test.arguments.entries()) {
      const wrong = wrongOf(shape, argument);
      if (wrong !== undefined) return invalid(`${path}.arguments[${at}].${wrong[0]}`, wrong[1]);
    }
    return ok(undefined);
  },
  depends(test) {
    const filter = filterOf(test);
    return filter === undefined ? [] : [{ kind: "logs", filter }];
  },
  maxAgeMs: () => undefined,
  compile(test) {
    const filter = filterOf(test);
    const shape = eventShape(test.event);
    if (filter === undefined || shape === undefined) return () => stale("malformed test", 0);
    const matches = matcherOf(shape, test.arguments);
    return (view, state) => decide(filter, matches, view, state);
  },
};

/** The cause that a log is. */
export function logCause(chainId: number, log: ChainLogEntry): string {
  return `log/${formatChain(chainId)}/${log.transactionHash}/${log.ordinal}`;
}

function decide(
  filter: LogFilter,
  matches: (log: ChainLogEntry) => boolean,
  view: View,
  state: NodeState | undefined,
): LeafOutcome {
  const page = view.logs.get(filter.key);
  // Blocks have whole seconds.
  const sinceMs = Math.floor(view.activeMs / 1000) * 1000;
  const before: Pending = state?.kind === "logs" ? state.pending : [];
  const waiting = before.filter(({ cause, atMs }) => atMs >= sinceMs && !view.spent.has(cause));
  const known = new Set(waiting.map(({ cause }) => cause));
  for (const log of page?.logs ?? []) {
    const cause = logCause(filter.chainId, log);
    if (waiting.length >= maxPending) break;
    if (log.timeMs < sinceMs || view.spent.has(cause) || known.has(cause)) continue;
    if (!matches(log)) continue;
    known.add(cause);
    waiting.push({ cause, atMs: log.timeMs });
  }
  const isSame = waiting.length === before.length && waiting.every((one, at) => one === before[at]);
  const memory = isSame ? {} : { state: logsState(waiting) };
  const [oldest, ...rest] = waiting;
  if (oldest !== undefined) {
    const { cause, atMs } = oldest;
    const used = { state: logsState(rest), spend: cause };
    return {
      verdict: Verdict.TRUE,
      explain: () => (rest.length === 0 ? cause : `${cause}, ${rest.length} more wait`),
      ageMs: Math.max(0, view.nowMs - atMs),
      cause,
      ...memory,
      decided: used,
      fired: used,
    };
  }
  if (page === undefined) return { ...stale("the logs were not read", 0), ...memory };
  return {
    verdict: Verdict.FALSE,
    explain: () => `no log matches up to block ${page.toBlock}`,
    ageMs: Math.max(0, view.nowMs - page.readMs),
    ...memory,
  };
}

function logsState(pending: Pending): NodeState {
  return { kind: "logs", pending };
}

function filterOf(test: ChainLog): LogFilter | undefined {
  const contract = parseAccount(test.contract);
  const shape = eventShape(test.event);
  return contract && shape && logFilter(contract, shape.topic0, test.confirmations);
}

/** What is wrong with an argument test: the field, and what would be right. */
function wrongOf(
  shape: EventShape,
  { index, comparator, value }: ChainLog["arguments"][number],
): readonly [string, string] | undefined {
  const input = shape.inputs[index];
  if (input === undefined) return ["index", `the event has ${shape.inputs.length} arguments`];
  const form = formOf(input.type);
  if (form === undefined) return ["index", `arguments of type ${input.type} are not served`];
  if (input.indexed === true && (input.type === "string" || input.type === "bytes")) {
    return ["index", "of an indexed string or bytes the chain keeps the hash only"];
  }
  if (comparator !== Comparator.UNSPECIFIED && !isWhole(input.type)) {
    return ["comparator", `${input.type} can only be equal: leave it unspecified`];
  }
  if (comparator !== Comparator.UNSPECIFIED && relationOf(comparator) === undefined) {
    return ["comparator", "must be a known relation"];
  }
  return parseAbiValue(input.type, value) === undefined ? ["value", `must be ${form}`] : undefined;
}
