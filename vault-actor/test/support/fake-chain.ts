/** A chain and a bundler, as far as one user operation sees them. Stands for their JSON-RPC. */
import { encodeAbiParameters, type Hex, pad, parseAbi, toEventSelector, toHex } from "viem";
import type { Outcome, Rpc } from "../../src/account/node.ts";

const [operationEvent, transferEvent] = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
  "event Transfer(address indexed from, address indexed to, uint256 value)",
]);

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
  readonly success?: boolean;
  readonly moves?: readonly Move[];
};

export class FakeChain {
  latest = 10;
  landing: Landing | undefined;
  /** What the bundler answers. */
  sending: Outcome<Hex> = { kind: "ok", value: "0x" };
  sends = 0;
  reachable = true;
  readonly #hash: () => Hex;

  constructor(hash: () => Hex) {
    this.#hash = hash;
  }

  readonly rpc: Rpc = async <T>(method: string) => {
    if (!this.reachable) return { kind: "retry", reason: "unreachable" };
    return this.#answer(method) as Outcome<T>;
  };

  #answer(method: string): Outcome<unknown> {
    const { landing } = this;
    switch (method) {
      case "eth_sendUserOperation":
        this.sends += 1;
        return this.sending;
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

  #receipt(landing: Landing) {
    const moves = (landing.moves ?? []).map((move) => ({
      address: move.token,
      topics: [toEventSelector(transferEvent), pad(move.from), pad(move.to)],
      data: pad(toHex(move.amount)),
    }));
    const { block, blockHash } = landing;
    const own = this.#operationLog(landing);
    // Another operation of the same bundle came before, with a transfer of its own.
    const other = { ...own, topics: [own.topics[0], pad("0x01"), pad("0x02"), pad("0x0")] };
    const before = { ...moves[0], ...(moves[0] === undefined ? own : {}) };
    return {
      blockNumber: toHex(block),
      blockHash,
      transactionHash: pad("0x77"),
      logs: [...(moves.length > 0 ? [before] : []), other, ...moves, own],
    };
  }

  #operationLog({ success = true }: Landing) {
    return {
      address: "0x1111111111111111111111111111111111111111" as Hex,
      topics: [toEventSelector(operationEvent), this.#hash(), pad("0x02"), pad("0x0")],
      data: encodeAbiParameters(
        [{ type: "uint256" }, { type: "bool" }, { type: "uint256" }, { type: "uint256" }],
        [0n, success, 5n, 5n],
      ),
      transactionHash: pad("0x77"),
    };
  }
}
