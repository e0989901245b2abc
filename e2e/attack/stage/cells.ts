/** The combinations of RPC, protocol and kind of key that attackers go through. */

import type { WireRequest } from "#protocol/exchange";
import { signRequest } from "#protocol/proof/sign";
import { handOver } from "../gateway/hostile.ts";
import type { Reading } from "../oracle.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { Breadth, Score } from "../score.ts";
import { encodeBody, type Protocol, protocolsOf, timelessText } from "../surface/protocols.ts";
import type { Rpc } from "../surface/rpcs.ts";
import { type GoodRequest, goodRequest } from "./good-requests.ts";
import { type HeldKey, type KeyKind, keyKinds } from "./keys.ts";
import { by, type Stage } from "./stage.ts";
import { difference, storedState } from "./state.ts";

/** One combination. */
export type Cell = { readonly rpc: Rpc; readonly protocol: Protocol; readonly kind: KeyKind };

/** A good request in one combination, signed by its rightful caller. */
export type SignedGood = {
  readonly request: WireRequest;
  readonly good: GoodRequest;
  readonly key: HeldKey;
};

/** All combinations; or one of each RPC, so that each protocol and kind of key still has its turn. */
export function cellsOf(rpcs: readonly Rpc[], breadth: Breadth): readonly Cell[] {
  return rpcs.flatMap((rpc, i) => {
    const all = protocolsOf(rpc).flatMap((protocol) =>
      keyKinds.map((kind) => ({ rpc, protocol, kind })),
    );
    // Five and twelve have no common divisor: the turns go through every combination.
    return breadth === "whole" ? all : all.slice((i * 5) % all.length).slice(0, 1);
  });
}

/** Names a combination. */
export function cellText({ rpc, protocol, kind }: Cell): string {
  return `${rpc.name}, ${protocol.name}, ${kind}`;
}

/** Makes a good request of a combination and signs it. */
export async function signGood(
  stage: Stage,
  { rpc, protocol, kind }: Cell,
  options: { readonly origin?: string; readonly nowMs?: number } = {},
): Promise<SignedGood> {
  const good = await goodRequest(stage, rpc, kind);
  const key = good.key ?? stage.keys[kind];
  const request = await signRequest(unsigned(stage, rpc, protocol, good.message, options.origin), {
    ...by(key.signer, stage.victim),
    nowMs: options.nowMs ?? Date.now(),
  });
  return { request, good, key };
}

/** A request without its proof. */
export function unsigned(
  stage: Stage,
  rpc: Rpc,
  protocol: Protocol,
  message: GoodRequest["message"],
  origin = stage.stack.baseUrl,
): WireRequest {
  return {
    method: "POST",
    url: `${origin}${rpc.path}`,
    headers: new Headers({ "content-type": protocol.contentType }),
    body: encodeBody(protocol, rpc.method.input, message),
  };
}

/**
 * Watches the victim while a combination is tried; the result tells what changed since. All that
 * can be seen in one combination of each RPC; in the others what is stored, which is most of it.
 */
export async function watch(stage: Stage, cell: Cell): Promise<() => Promise<readonly string[]>> {
  if (isFirst(cell)) {
    const before = await stage.look();
    return () => stage.changesSince(before);
  }
  const before = storedState(stage.victimFile);
  return async () => difference(before, storedState(stage.victimFile));
}

/** Whether a combination is the one of its RPC that stands for all. */
export function isFirst(cell: Cell): boolean {
  return cellsOf([cell.rpc], "fast").every((first) => cellText(first) === cellText(cell));
}

/** Whether a proof is used up: by a change, and by a stream, which shows what has yet to happen. */
export function isSpent({ rpc }: Cell, outcome: Outcome): boolean {
  return outcome.kind === "served" && (!rpc.reads || rpc.streams);
}

/** How answers of a combination are compared. */
export function readingOf({ rpc, protocol }: Cell): Reading {
  return (body) => timelessText(protocol, rpc.method.output, Buffer.from(body, "base64"));
}

/** Has a good request served, for comparison; and waits until what it began has ended. */
export async function serveGood(
  stage: Stage,
  cell: Cell,
  { request, good }: SignedGood,
  score: Score,
): Promise<Outcome> {
  const outcome = await passOne(stage, request);
  score.control(cellText(cell), outcome);
  if (outcome.kind === "served") await good.settle?.();
  return outcome;
}

/** Has the attacker's gateway pass a request on as it is. */
export async function passOne(stage: Stage, request: WireRequest): Promise<Outcome> {
  const [echo] = await handOver(stage.stack, request, { do: "pass", copies: 1 });
  if (echo === undefined) throw new Error("the gateway tells nothing");
  return outcomeOf(echo);
}
