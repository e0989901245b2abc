/**
 * JSON-RPC nodes of one chain, as far as conditions see them: blocks, balances, calls and logs.
 * Each may be honest or not. Stands for the nodes' HTTP, which is the outside world.
 */
import { type Hex, keccak256, toHex } from "viem";

/** A log that an honest node knows. */
export type FakeLog = {
  readonly block: number;
  readonly index: number;
  readonly transactionHash: Hex;
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
};

type Call = { readonly id?: number; readonly method: string; readonly params: readonly unknown[] };

/** How one node differs from an honest one. */
export type Behaviour = {
  /** How many blocks it is behind. */
  readonly lag?: number;
  /** What it says instead, by method. A function of the honest answer. */
  readonly lies?: Readonly<Record<string, (honest: unknown) => unknown>>;
  /** What it answers whatever it is asked. */
  readonly always?: () => Response | Promise<Response>;
  readonly refusesBatches?: boolean;
  /** The most blocks of one question for logs. */
  readonly maxRange?: number;
};

export class FakeChainNodes {
  head = 1_000;
  baseFee: bigint | undefined = 7n;
  readonly balances = new Map<string, bigint>();
  /** What contracts answer, by address and call data; `"revert"` reverts. */
  readonly calls = new Map<string, Hex>();
  logs: readonly FakeLog[] = [];
  /** Changes with a reorganisation. */
  fork = "a";
  readonly behaviours = new Map<string, Behaviour>();
  readonly requests: { readonly url: string; readonly methods: readonly string[] }[] = [];

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const body = JSON.parse(String(init.body)) as Call | readonly Call[];
    const calls = Array.isArray(body) ? (body as readonly Call[]) : [body as Call];
    this.requests.push({ url, methods: calls.map(({ method }) => method) });
    const behaviour = this.behaviours.get(url) ?? {};
    if (behaviour.always !== undefined) return behaviour.always();
    if (Array.isArray(body) && behaviour.refusesBatches) {
      return Response.json({ error: { code: -32600, message: "no batches" } }, { status: 400 });
    }
    const answers = calls.map((call) => ({
      jsonrpc: "2.0",
      id: call.id,
      ...this.#say(call, behaviour),
    }));
    // A batch may be answered in any order.
    return Response.json(Array.isArray(body) ? answers.reverse() : answers[0]);
  };

  hashOf(block: number): Hex {
    return keccak256(toHex(`${this.fork}/${block}`));
  }

  timeOf(block: number): number {
    return 1_800_000_000 + block;
  }

  #say({ method, params }: Call, behaviour: Behaviour): object {
    const head = this.head - (behaviour.lag ?? 0);
    const honest = this.#answer(method, params, head, behaviour);
    if (honest === "revert") return { error: { code: 3, message: "execution reverted" } };
    if (honest === "refused") return { error: { code: -32005, message: "range too large" } };
    const lie = behaviour.lies?.[method];
    return { result: lie === undefined ? honest : lie(honest) };
  }

  #answer(
    method: string,
    params: readonly unknown[],
    head: number,
    { maxRange }: Behaviour,
  ): unknown {
    switch (method) {
      case "eth_blockNumber":
        return toHex(head);
      case "eth_getBlockByNumber":
        return this.#block(Number(params[0]), head);
      case "eth_getBlockByHash": {
        for (let block = 0; block <= head; block++) {
          if (this.hashOf(block) === params[0]) return this.#block(block, head);
        }
        return null;
      }
      case "eth_getBalance":
        return Number(params[1]) > head ? null : toHex(this.balances.get(String(params[0])) ?? 0n);
      case "eth_call": {
        const { to, data } = params[0] as { to: string; data: string };
        return Number(params[1]) > head ? null : (this.calls.get(`${to}/${data}`) ?? "0x");
      }
      case "eth_getLogs": {
        const { fromBlock, toBlock, address, topics } = params[0] as Record<string, string>;
        const [from, to] = [Number(fromBlock), Number(toBlock)];
        if (maxRange !== undefined && to - from >= maxRange) return "refused";
        return this.logs
          .filter((log) => log.block >= from && log.block <= to && log.block <= head)
          .filter((log) => log.address === address && log.topics[0] === topics?.[0])
          .map((log) => ({
            blockNumber: toHex(log.block),
            blockHash: this.hashOf(log.block),
            transactionHash: log.transactionHash,
            logIndex: toHex(log.index),
            address: log.address,
            topics: log.topics,
            data: log.data,
            removed: false,
          }));
      }
      default:
        throw new Error(`the fake nodes do not know ${method}`);
    }
  }

  #block(number: number, head: number): object | null {
    if (number > head) return null;
    return {
      number: toHex(number),
      hash: this.hashOf(number),
      timestamp: toHex(this.timeOf(number)),
      ...(this.baseFee === undefined ? {} : { baseFeePerGas: toHex(this.baseFee) }),
    };
  }
}
