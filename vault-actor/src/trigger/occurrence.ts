/** What makes a firing unique. Pure. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { Verdict } from "#gen/trigger/v1/trigger";
import type { Node } from "./compile.ts";
import type { Outcome } from "./outcome.ts";
import type { WorldView } from "./view.ts";

/** How many readings a key names at most. */
const maxReadings = 8;

/** A longer key is replaced by its hash. */
const maxKeyLength = 300;

/**
 * The key of a firing (`Firing.occurrence_key`). `count` is how often the trigger has fired with
 * it. A cause that is too long to be told is its SHA-256 in hexadecimal: `sha256/{hash}`.
 */
export function occurrenceKey(
  of: { readonly triggerId: string; readonly version: number; readonly condition: Node },
  count: number,
  outcome: Outcome,
  world: WorldView,
): string {
  const { causes } = outcome;
  const cause =
    causes.length > 0 ? causes.join("+") : riseOf(count, readingsOf(of.condition, outcome, world));
  const key = `${of.triggerId}/${of.version}/${cause}`;
  if (key.length <= maxKeyLength) return key;
  const hash = bytesToHex(sha256(new TextEncoder().encode(cause)));
  return `${of.triggerId}/${of.version}/sha256/${hash}`;
}

function riseOf(count: number, readings: readonly string[]): string {
  const named = readings.slice(0, maxReadings).join(",");
  return named === "" ? `rise/${count}` : `rise/${count}/${named}`;
}

/** The readings that make a condition true: `{series}@{round}`, `{chain read}@{block}`. Sorted. */
function readingsOf(condition: Node, outcome: Outcome, world: WorldView): readonly string[] {
  const found = new Set<string>();
  const collect = (node: Node, at: Outcome, wanted: Verdict) => {
    if (at.verdict !== wanted) return;
    if (node.kind !== "leaf") {
      const below = node.kind === "not" ? opposite(wanted) : wanted;
      for (const [i, child] of node.children.entries()) {
        const outcomeOf = at.children[i];
        if (outcomeOf !== undefined) collect(child, outcomeOf, below);
      }
      return;
    }
    for (const one of node.depends) {
      if (one.kind === "chain") {
        const reading = world.chain.get(one.read.key);
        if (reading !== undefined) found.add(`${one.read.key}@${reading.blockNumber}`);
      } else if ("series" in one) {
        const observation = world.observations.get(one.series);
        if (observation !== undefined) found.add(`${one.series}@${observation.round}`);
      }
    }
  };
  collect(condition, outcome, Verdict.TRUE);
  return [...found].sort();
}

function opposite(verdict: Verdict): Verdict {
  return verdict === Verdict.TRUE ? Verdict.FALSE : Verdict.TRUE;
}
