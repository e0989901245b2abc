/** Reads values of one chain, all at the newest block that a quorum of its nodes has reached. */
import { type Hex, toHex } from "viem";
import type { Address } from "#protocol/names";
import { type Agreed, agree, type Nodes, type Question } from "./agree.ts";
import { bytes, header, headerOf, quantity } from "./canon.ts";
import type { ChainRead, ChainReading } from "./chain-read.ts";
import { headOf } from "./head.ts";
import {
  healthOf,
  healthText,
  noDebt,
  type Position,
  positionCalls,
  positionOf,
  priceCall,
} from "./morpho.ts";
import { wordOf } from "./word.ts";

/** The most values of a chain in one look. The rest is missing. */
const maxReads = 1_000;

/** A value that was read, one that can't be (`undefined`), or none: nobody knows. */
type Known = { readonly value: string | undefined } | undefined;

/** Reads values. What a quorum doesn't give alike is missing. */
export async function readValues(
  nodes: Nodes,
  reads: readonly ChainRead[],
): Promise<readonly (readonly [string, ChainReading])[]> {
  const wanted = reads.slice(0, maxReads);
  const block = await headOf(nodes);
  if (block === undefined || wanted.length === 0) return [];
  const ask = createAsk(nodes);
  const head: Question = {
    method: "eth_getBlockByNumber",
    params: [toHex(block), false],
    canon: header(block),
  };
  const first = await ask([head, ...wanted.flatMap((read) => questionsOf(read, block))]);
  const answer = (question: Question) => first.get(keyOf(question));
  const at = answer(head);
  const known = at?.kind === "value" ? headerOf(at.text) : undefined;
  if (known === undefined) return [];
  const positions = new Map<ChainRead, Position>();
  const values = new Map<ChainRead, Known>();
  for (const read of wanted) {
    const said = questionsOf(read, block).map((question) => answer(question));
    const position = read.kind === "morpho-health" ? positionFrom(said) : undefined;
    if (position !== undefined && position.borrowShares > 0n) positions.set(read, position);
    else if (read.kind === "morpho-health") values.set(read, debtless(said, position));
    else if (read.kind === "base-fee") values.set(read, { value: known.baseFee });
    else values.set(read, simpleValue(read, said[0]));
  }
  const prices = await ask([...positions.values()].map(({ oracle }) => priceOf(oracle, block)));
  for (const [read, position] of positions) {
    values.set(read, healthFrom(position, prices.get(keyOf(priceOf(position.oracle, block)))));
  }
  return [...values].flatMap(([read, value]) =>
    value === undefined
      ? []
      : [[read.key, { ...value, blockNumber: block, timeMs: known.timeMs }] as const],
  );
}

function questionsOf(read: ChainRead, block: bigint): readonly Question[] {
  switch (read.kind) {
    case "base-fee":
      return [];
    case "balance":
      return [{ method: "eth_getBalance", params: [read.account, toHex(block)], canon: quantity }];
    case "call":
      return [callOf(read.to, read.data, block)];
    case "morpho-health":
      return positionCalls(read.marketId, read.account).map((data) =>
        callOf(read.morpho, data, block),
      );
  }
}

function callOf(to: Address, data: Hex, block: bigint): Question {
  return { method: "eth_call", params: [{ to, data }, toHex(block)], canon: bytes };
}

function priceOf(oracle: Address, block: bigint): Question {
  return callOf(oracle, priceCall, block);
}

function simpleValue(read: ChainRead, said: Agreed | undefined): Known {
  if (said === undefined || said.kind === "unavailable") return undefined;
  if (said.kind === "revert") return { value: undefined };
  return { value: read.kind === "call" ? wordOf(said.text as Hex, read.result) : said.text };
}

function positionFrom(said: readonly (Agreed | undefined)[]): Position | undefined {
  const texts = said.flatMap((one) => (one?.kind === "value" ? [one.text as Hex] : []));
  return texts.length === said.length ? positionOf(texts) : undefined;
}

/** Of a position that needs no price: there is no debt, no market, or no answer. */
function debtless(said: readonly (Agreed | undefined)[], position: Position | undefined): Known {
  if (position !== undefined) return { value: healthText(noDebt) };
  const isSilent = said.some((one) => one === undefined || one.kind === "unavailable");
  return isSilent ? undefined : { value: undefined };
}

function healthFrom(position: Position, said: Agreed | undefined): Known {
  if (said === undefined || said.kind === "unavailable") return undefined;
  const price =
    said.kind === "value" ? wordOf(said.text as Hex, { word: 0, type: "uint256" }) : undefined;
  if (price === undefined) return { value: undefined };
  return { value: healthText(healthOf(position, BigInt(price))) };
}

/** Asks each question once, however many reads it is for. */
function createAsk(nodes: Nodes) {
  return async (questions: readonly Question[]): Promise<ReadonlyMap<string, Agreed>> => {
    const once = new Map(questions.map((question) => [keyOf(question), question] as const));
    const said = await agree(nodes, [...once.values()]);
    return new Map([...once.keys()].map((key, at) => [key, said[at] ?? unavailable] as const));
  };
}

const unavailable: Agreed = { kind: "unavailable" };

function keyOf({ method, params }: Question): string {
  return JSON.stringify([method, params]);
}
