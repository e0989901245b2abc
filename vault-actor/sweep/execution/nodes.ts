/** What the three operators' nodes answer. One of them may lie; an honest one may be behind. */
import {
  encodeAbiParameters,
  type Hex,
  pad,
  parseAbi,
  toEventSelector,
  toFunctionSelector,
  toHex,
} from "viem";
import type { Outcome } from "../../src/account/node.ts";
import type { Random } from "../random.ts";
import type { InBlock, ModelChain } from "./chain.ts";
import type { ExecutionFaults } from "./faults.ts";

const [operationEvent] = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
]);
const operationTopic = toEventSelector(operationEvent);
const getNonce = toFunctionSelector("getNonce(address,uint192)");
const outcomeTypes = [
  { type: "uint256" },
  { type: "bool" },
  { type: "uint256" },
  { type: "uint256" },
] as const;

/** What an operation pays in the model, whatever it offers. */
const paidFee = 5n;

export class ModelNodes {
  readonly #chain: ModelChain;
  readonly #random: Random;
  readonly #faults: () => ExecutionFaults;
  readonly #entryPoint: Hex;
  readonly #logs = new Map<string, unknown>();

  constructor(chain: ModelChain, entryPoint: Hex, random: Random, faults: () => ExecutionFaults) {
    this.#chain = chain;
    this.#entryPoint = entryPoint;
    this.#random = random;
    this.#faults = faults;
  }

  /** One answer of operator 0, 1 or 2. */
  answer(operator: number, method: string, params: readonly unknown[]): Outcome<unknown> {
    const faults = this.#faults();
    if (this.#random.chance(faults.nodeFails)) return { kind: "retry", reason: "unreachable" };
    const lies = operator === 0 && this.#random.chance(faults.nodeLies);
    const behind = operator === 1 && this.#random.chance(faults.nodeLags);
    const head = this.#chain.head - (behind ? this.#random.int(1, 2) : 0);
    return { kind: "ok", value: this.#value(method, params, head, lies) };
  }

  #value(method: string, params: readonly unknown[], head: number, lies: boolean): unknown {
    const chain = this.#chain;
    switch (method) {
      case "eth_blockNumber":
        return toHex(lies ? head + this.#random.int(0, 10_000) : head);
      case "eth_gasPrice":
      case "eth_maxPriorityFeePerGas":
        return toHex(lies ? 1 : 100);
      case "eth_feeHistory":
        return null;
      case "eth_estimateGas":
        return toHex(lies ? 1 : 800);
      case "eth_getCode":
        return chain.isDeployed(lies ? 0 : this.#block(params[1], head)) ? "0x60" : "0x";
      case "eth_getBlockByNumber": {
        const ms = chain.blockMs(this.#block(params[0], head));
        return { timestamp: toHex(Math.floor(ms / 1000) + (lies ? 100_000_000 : 0)) };
      }
      case "eth_call":
        return this.#call(params, head, lies);
      case "eth_getLogs":
        return this.#logsOf(head, lies);
      case "eth_getTransactionReceipt":
        return this.#receipt(params[0] as Hex, head, lies);
      default:
        throw new Error(`the model knows no ${method}`);
    }
  }

  #call(params: readonly unknown[], head: number, lies: boolean): Hex {
    const { data } = params[0] as { readonly data: Hex };
    if (!data.startsWith(getNonce)) return "0x";
    const lane = BigInt(`0x${data.slice(-64)}`) << 64n;
    const used = this.#chain.withNonce(toHex(lane), this.#block(params[1], head)) !== undefined;
    return pad(toHex(lane + (used !== lies ? 1n : 0n)));
  }

  #logsOf(head: number, lies: boolean): readonly unknown[] {
    const seen = this.#chain.landed.filter(({ block }) => block <= head);
    if (!lies) return seen.map((one) => this.#log(one));
    // Hides what there is, or invents that it failed.
    if (this.#random.chance(0.5)) return [];
    return seen.map((one) => this.#log({ ...one, success: !one.success }));
  }

  #receipt(transactionHash: Hex, head: number, lies: boolean): unknown {
    const one = this.#chain.landed.find((landed) => landed.transactionHash === transactionHash);
    if (one === undefined || one.block > head) return null;
    const told = lies ? { ...one, success: !one.success } : one;
    return {
      blockNumber: toHex(one.block),
      blockHash: this.#chain.blockHash(one.block),
      transactionHash,
      logs: [this.#log(told)],
    };
  }

  #log(one: InBlock): unknown {
    const blockHash = this.#chain.blockHash(one.block);
    const key = `${one.transactionHash}${blockHash}${one.success}`;
    const known = this.#logs.get(key);
    if (known !== undefined) return known;
    const { nonce, sender } = one.operation;
    const log = {
      address: this.#entryPoint,
      topics: [operationTopic, one.hash, pad(sender), pad("0x0")],
      data: encodeAbiParameters(outcomeTypes, [BigInt(nonce), one.success, paidFee, 1n]),
      transactionHash: one.transactionHash,
      blockHash,
    };
    this.#logs.set(key, log);
    return log;
  }

  #block(tag: unknown, head: number): number {
    return tag === "latest" ? head : Number(tag);
  }
}
