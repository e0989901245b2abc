/** What a run knows that the vault does not tell: what was accepted, and whose what landed is. */
import { pad, toHex } from "viem";
import { childName } from "#protocol/names";
import { voidCallData } from "../../src/execution/session-operation.ts";
import { laneNonce, type UserOperation } from "../../src/execution/user-operation.ts";
import { vaultId } from "../vault/base.ts";
import type { Accepted, Effects } from "./audit.ts";
import type { InBlock, KnownOperation } from "./chain.ts";

const session = `0x${"b".repeat(40)}` as const;

/** The call data of a void. */
export const doesNothing = voidCallData(session);

/** `execute` packs a call as target, value and data: the amount is what follows the recipient. */
const amountOf = new RegExp(`${"d".repeat(40)}([0-9a-f]{64})`);

/** The books of one run. */
export class Books {
  readonly accepted: Accepted[] = [];
  readonly #hashes = new Map<string, `0x${string}`>();
  readonly #weiByHash = new Map<string, bigint>();
  readonly #executionByLane = new Map<string, string>();
  readonly #foreign = new Set<string>();

  /** Notes an intent that sends so many wei. */
  accept(executionId: string, wei: number): void {
    this.accepted.push({ executionId, wei: BigInt(wei) });
    this.#executionByLane.set(laneOf(nonceOf(executionId)), executionId);
  }

  /** The execution whose lane a nonce is of. */
  executionOf(nonce: string): string | undefined {
    return this.#executionByLane.get(laneOf(nonce));
  }

  /** Names an operation: the same one alike. */
  hashOf({ nonce, callData, maxFeePerGas, factory }: UserOperation): `0x${string}` {
    const key = `${nonce} ${callData} ${maxFeePerGas} ${factory}`;
    const known = this.#hashes.get(key) ?? pad(toHex(10_000_000 + this.#hashes.size));
    this.#hashes.set(key, known);
    return known;
  }

  /** An operation of who has the session's key, with the nonce of an execution. */
  steal(executionId: string): KnownOperation {
    const hash = pad("0xdead");
    this.#foreign.add(hash);
    const nonce = nonceOf(executionId);
    const operation = { sender: session, nonce, callData: "0xdead" } as unknown as UserOperation;
    return { hash, operation };
  }

  readonly effects: Effects = {
    executionOf: ({ operation }: InBlock) => this.executionOf(operation.nonce),
    weiOf: ({ hash, operation }: InBlock) => {
      if (this.#foreign.has(hash)) return undefined;
      if (operation.callData === doesNothing) return 0n;
      const known = this.#weiByHash.get(hash);
      const wei = known ?? BigInt(`0x${amountOf.exec(operation.callData)?.[1]}`);
      if (known === undefined) this.#weiByHash.set(hash, wei);
      return wei;
    },
  };
}

function nonceOf(executionId: string): `0x${string}` {
  return laneNonce(childName(vaultId, "executions", executionId));
}

/** A nonce without its sequence. */
function laneOf(nonce: string): string {
  return nonce.slice(0, -16);
}
