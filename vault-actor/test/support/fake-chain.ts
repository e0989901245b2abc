/** A chain and a bundler, as far as one user operation sees them. Stands for their JSON-RPC. */
import { encodeAbiParameters, type Hex, pad, parseAbi, toEventSelector, toHex } from "viem";
import type { Outcome, Rpc } from "../../src/account/node.ts";
import type { SignedOperation } from "../../src/execution/execution.ts";
import type { UserOperation } from "../../src/execution/user-operation.ts";

const [operationEvent, transferEvent] = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
  "event Transfer(address indexed from, address indexed to, uint256 value)",
]);

const stranger: Hex = "0x9999999999999999999999999999999999999999";

/** A token transfer in the operation's block. */
export type Move = {
  readonly token: Hex;
  readonly from: Hex;
  readonly to: Hex;
  readonly amount: bigint;
};

/** Where the operation is, when it is on the chain. */
export type Landing = {
  readonly block: number;
  readonly blockHash: Hex;
  /** The operation's hash, if it is not the newest one. */
  readonly hash?: Hex;
  readonly success?: boolean;
  readonly moves?: readonly Move[];
};

export class FakeChain {
  latest = 10;
  landing: Landing | undefined;
  /** What the bundler answers. */
  sending: Outcome<Hex> = { kind: "ok", value: "0x" };
  sends = 0;
  /** The operations that the bundler was handed. */
  readonly sent: UserOperation[] = [];
  /** What the bundler wants for a unit of gas. */
  price = 1n;
  /** The time of every block, in seconds. */
  timeSeconds = 0;
  reachable = true;
  /** Whether the session's account has code, in every block. */
  deployed = false;
  /** Whether the operation landed, though the logs may lag behind. */
  landed = false;
  readonly #signed: () => SignedOperation;

  /** `signed` is the operation that it is asked about. */
  constructor(signed: () => SignedOperation) {
    this.#signed = signed;
  }

  readonly rpc: Rpc = async <T>(method: string, params: readonly unknown[]) => {
    if (!this.reachable) return { kind: "retry", reason: "unreachable" };
    return this.#answer(method, params) as Outcome<T>;
  };

  #answer(method: string, params: readonly unknown[]): Outcome<unknown> {
    const { landing } = this;
    switch (method) {
      case "eth_sendUserOperation":
        this.sends += 1;
        this.sent.push(params[0] as UserOperation);
        return this.sending;
      case "pimlico_getUserOperationGasPrice": {
        const fee = toHex(this.price);
        const fast = { maxFeePerGas: fee, maxPriorityFeePerGas: fee };
        return { kind: "ok", value: { fast } };
      }
      case "eth_estimateUserOperationGas": {
        const one = toHex(1n);
        const gas = { callGasLimit: one, verificationGasLimit: one, preVerificationGas: one };
        return { kind: "ok", value: gas };
      }
      case "eth_feeHistory":
        return { kind: "final", reason: "no such method", code: -32601, data: undefined };
      case "eth_gasPrice":
      case "eth_maxPriorityFeePerGas":
        return { kind: "ok", value: toHex(1n) };
      case "eth_getBlockByNumber":
        return { kind: "ok", value: { timestamp: toHex(this.timeSeconds) } };
      case "eth_getCode":
        return { kind: "ok", value: this.deployed ? "0x60" : "0x" };
      case "eth_call":
        // The entry point's `getNonce`: the lane, and how many landed in it.
        return { kind: "ok", value: toHex(this.#nonce() + (this.landed ? 1n : 0n)) };
      case "eth_blockNumber":
        return { kind: "ok", value: toHex(this.latest) };
      case "eth_getLogs":
        return { kind: "ok", value: landing === undefined ? [] : [this.#operationLog(landing)] };
      case "eth_getTransactionReceipt":
        return { kind: "ok", value: landing === undefined ? null : this.#receipt(landing) };
      default:
        throw new Error(`the fake chain does not know ${method}`);
    }
  }

  #nonce(): bigint {
    return BigInt(this.#signed().userOperation.nonce);
  }

  #receipt(landing: Landing) {
    const moves = (landing.moves ?? []).map((move) => ({
      address: move.token,
      topics: [toEventSelector(transferEvent), pad(move.from), pad(move.to)],
      data: pad(toHex(move.amount)),
    }));
    const { block, blockHash } = landing;
    const own = this.#operationLog(landing);
    // Another operation of the same bundle came before, with a transfer of its own.
    const other = this.#operationLog(landing, 7n);
    // A contract that pretends: it says that ours failed.
    const forged = { ...this.#operationLog({ ...landing, success: false }), address: stranger };
    const before = { ...moves[0], ...(moves[0] === undefined ? own : {}) };
    return {
      blockNumber: toHex(block),
      blockHash,
      transactionHash: pad("0x77"),
      logs: [...(moves.length > 0 ? [before] : []), other, forged, ...moves, own],
    };
  }

  #operationLog({ success = true, hash }: Landing, nonce = this.#nonce()) {
    const { hash: newest, userOperation } = this.#signed();
    return {
      address: "0x1111111111111111111111111111111111111111" as Hex,
      topics: [
        toEventSelector(operationEvent),
        hash ?? newest,
        pad(userOperation.sender),
        pad("0x0"),
      ],
      data: encodeAbiParameters(
        [{ type: "uint256" }, { type: "bool" }, { type: "uint256" }, { type: "uint256" }],
        [nonce, success, 5n, 5n],
      ),
      transactionHash: pad("0x77"),
    };
  }
}
