/**
 * A chain of which only what matters is kept: when its blocks come, which operations are in
 * them, and what a reorganisation takes out again. Blocks come by themselves as time passes.
 */
import { type Hex, pad, toHex } from "viem";
import type { UserOperation } from "../../src/execution/user-operation.ts";
import type { Random } from "../random.ts";

/** An operation and the hash that it is known by. */
export type KnownOperation = { readonly hash: Hex; readonly operation: UserOperation };

/** An operation in a block. */
export type InBlock = KnownOperation & {
  readonly block: number;
  readonly transactionHash: Hex;
  readonly success: boolean;
};

/** What waits to be included, from a block on. */
type Waiting = KnownOperation & { readonly fromBlock: number };

/** How the chain goes on. */
export type ChainRules = {
  readonly startMs: number;
  readonly blockTimeMs: number;
  readonly random: Random;
  /** Whether an operation that would have its effect in a block does: it may be too late. */
  readonly succeeds: (operation: UserOperation, blockMs: number) => boolean;
};

export class ModelChain {
  readonly landed: InBlock[] = [];
  /** The block from which on the session's account exists. */
  deployedFrom: number | undefined;
  readonly #rules: ChainRules;
  #waiting: Waiting[] = [];
  #head = 100;
  #transactions = 0;
  readonly #forks: { readonly from: number; readonly id: number }[] = [];

  constructor(rules: ChainRules) {
    this.#rules = rules;
  }

  get head(): number {
    return this.#head;
  }

  /** When a block came, in milliseconds. */
  blockMs(block: number): number {
    return this.#rules.startMs + (block - 100) * this.#rules.blockTimeMs;
  }

  /** The hash of a block: another one once the chain was reorganised below. */
  blockHash(block: number): Hex {
    const id = this.#forks.reduce((last, fork) => (fork.from <= block ? fork.id : last), 0);
    return pad(toHex(block * 1_000 + id));
  }

  /** The operation that used a nonce up. */
  withNonce(nonce: Hex, until = this.#head): InBlock | undefined {
    return this.landed.find((one) => one.operation.nonce === nonce && one.block <= until);
  }

  isDeployed(until = this.#head): boolean {
    return this.deployedFrom !== undefined && this.deployedFrom <= until;
  }

  /** Has an operation included in a block not before `fromBlock`, if it can be by then. */
  queue(known: KnownOperation, fromBlock: number): void {
    this.#waiting.push({ ...known, fromBlock });
  }

  /** Lets blocks come until a time. */
  advance(nowMs: number): void {
    const { startMs, blockTimeMs } = this.#rules;
    const head = Math.max(this.#head, 100 + Math.floor((nowMs - startMs) / blockTimeMs));
    const due = this.#waiting
      .filter(({ fromBlock }) => fromBlock <= head)
      .sort((a, b) => a.fromBlock - b.fromBlock);
    this.#waiting = this.#waiting.filter(({ fromBlock }) => fromBlock > head);
    for (const { fromBlock, ...known } of due) this.#include(known, Math.max(fromBlock, 1));
    this.#head = head;
  }

  #include(known: KnownOperation, block: number): void {
    const { operation } = known;
    if (this.withNonce(operation.nonce, Number.POSITIVE_INFINITY) !== undefined) return;
    const deploys = operation.factory !== undefined;
    if (deploys === this.isDeployed(block)) return;
    if (deploys) this.deployedFrom = block;
    this.landed.push({
      ...known,
      block,
      transactionHash: pad(toHex(1_000_000 + this.#transactions++)),
      success: this.#rules.succeeds(operation, this.blockMs(block)),
    });
  }

  /** Drops the newest `depth` blocks for others. Returns the operations that were in them. */
  reorganise(depth: number): readonly KnownOperation[] {
    const from = this.#head - depth + 1;
    this.#forks.push({ from, id: this.#forks.length + 1 });
    const dropped = this.landed.filter(({ block }) => block >= from);
    const kept = this.landed.filter(({ block }) => block < from);
    this.landed.splice(0, this.landed.length, ...kept);
    if (this.deployedFrom !== undefined && this.deployedFrom >= from) this.deployedFrom = undefined;
    return dropped.map(({ hash, operation }) => ({ hash, operation }));
  }
}
