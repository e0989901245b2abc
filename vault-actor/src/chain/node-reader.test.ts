import {
  encodeAbiParameters,
  type Hex,
  keccak256,
  numberToHex,
  parseAbiParameters,
  toHex,
} from "viem";
import { describe, expect, test, vi } from "vitest";
import { type Behaviour, FakeChainNodes } from "../../test/support/fake-chain-nodes.ts";
import { testChain } from "../../test/support/test-chain.ts";
import type { LogFilter } from "./chain-read.ts";
import { requestFor } from "./log-request.ts";
import { positionCalls, priceCall } from "./morpho.ts";
import { createChainReader } from "./node-reader.ts";
import { balanceRead, baseFeeRead, callRead, logFilter, morphoRead } from "./reads.ts";

const contract = { chainId: 1, address: `0x${"c".repeat(40)}` } as const;
const holder = { chainId: 1, address: `0x${"d".repeat(40)}` } as const;
const oracle = `0x${"e".repeat(40)}` as const;
const nowMs = 1_800_000_000_000;

function world(behaviours: readonly Behaviour[] = [{}, {}, {}], quorum = 2) {
  const nodes = new FakeChainNodes();
  const rpcUrls = behaviours.map((_, at) => `http://${at}.node.test/`);
  for (const [at, one] of behaviours.entries()) nodes.behaviours.set(rpcUrls[at] ?? "", one);
  const disagreements: string[] = [];
  const chains = new Map([[1, { ...testChain(1), rpcUrls, quorum }]]);
  const onDisagreement = ({ message }: Error) => disagreements.push(message);
  const reader = createChainReader({
    fetch: nodes.fetch,
    chains,
    onDisagreement,
    now: () => nowMs,
  });
  return { nodes, reader, disagreements };
}

const silent = () => new Promise<Response>(() => undefined);
const liar = { lies: { eth_getBalance: () => "0xffff" } };

describe("values of a chain", () => {
  test.each<readonly [string, readonly Behaviour[], string | undefined, bigint]>([
    ["three honest nodes", [{}, {}, {}], "5", 1000n],
    ["one lies about the value", [liar, {}, {}], "5", 1000n],
    [
      "two tell different lies",
      [liar, { lies: { eth_getBalance: () => "0x1" } }, {}],
      undefined,
      0n,
    ],
    ["one lags", [{ lag: 3 }, {}, {}], "5", 1000n],
    ["two lag", [{ lag: 3 }, { lag: 3 }, {}], "5", 997n],
    [
      "one claims a block far ahead",
      [{ lies: { eth_blockNumber: () => "0xffffff" } }, {}, {}],
      "5",
      1000n,
    ],
    ["one is down", [{ always: () => new Response("", { status: 503 }) }, {}, {}], "5", 1000n],
    [
      "two are down",
      [
        { always: () => new Response("", { status: 503 }) },
        { always: () => new Response("<html>") },
        {},
      ],
      undefined,
      0n,
    ],
    [
      "one says nonsense",
      [{ lies: { eth_getBalance: () => "five", eth_blockNumber: () => -1 } }, {}, {}],
      "5",
      1000n,
    ],
    [
      "one is on another fork",
      [
        {
          lies: {
            eth_getBlockByNumber: (block) => ({
              ...(block as object),
              hash: toHex(1, { size: 32 }),
            }),
          },
        },
        {},
        {},
      ],
      "5",
      1000n,
    ],
    [
      "one never stops",
      [{ always: () => new Response("x".repeat(5_000_000)) }, {}, {}],
      "5",
      1000n,
    ],
    ["one answers null", [{ always: () => Response.json(null) }, {}, {}], "5", 1000n],
    [
      "one answers batches with nulls",
      [{ always: () => Response.json([null, 7, { id: "x" }]) }, {}, {}],
      "5",
      1000n,
    ],
    [
      "none takes batches",
      [{ refusesBatches: true }, { refusesBatches: true }, { refusesBatches: true }],
      "5",
      1000n,
    ],
  ])("%s", async (_, behaviours, value, blockNumber) => {
    const { nodes, reader } = world(behaviours);
    nodes.balances.set(holder.address, 5n);
    const read = balanceRead(holder);
    const reading = (await reader.read([read])).get(read.key);
    const time = { blockNumber, timeMs: nodes.timeOf(Number(blockNumber)) * 1000 };
    expect(reading).toEqual(value === undefined ? undefined : { value, ...time });
  });

  test("nobody waits for a silent node for long", async () => {
    const { nodes, reader } = world([{ always: silent }, {}, {}]);
    nodes.balances.set(holder.address, 5n);
    const startMs = performance.now();
    const values = await reader.read([balanceRead(holder)]);
    expect(values.size).toBe(1);
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });

  test("when all are silent there is no reading, and no wait without end", async () => {
    vi.useFakeTimers();
    const { reader } = world([{ always: silent }, { always: silent }, { always: silent }]);
    const read = reader.read([balanceRead(holder)]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await read).size).toBe(0);
    vi.useRealTimers();
  });

  test("a disagreement is told, without the answers", async () => {
    const { reader, disagreements } = world([liar, {}, {}], 3);
    await reader.read([balanceRead(holder)]);
    expect(disagreements).toEqual(["3 nodes of eip155:1 disagree about eth_getBalance"]);
  });

  test("what can't be read has no value; what nobody knows is missing", async () => {
    const { nodes, reader } = world();
    const [reverts, empty, negative, wide] = ["0x01", "0x02", "0x03", "0x04"] as const;
    const call = (data: Hex, type = "uint256", word = 0) =>
      callRead(contract, data, { word, type });
    nodes.calls.set(`${contract.address}/${reverts}`, "revert" as Hex);
    nodes.calls.set(
      `${contract.address}/${negative}`,
      numberToHex(-3n, { size: 32, signed: true }),
    );
    nodes.calls.set(`${contract.address}/${wide}`, toHex(300n, { size: 32 }));
    const reads = [
      call(reverts),
      call(empty),
      call(negative, "int256"),
      call(wide, "uint8"),
      call(wide, "bool"),
      call(wide, "uint256", 1),
    ];
    const values = await reader.read([...reads, { ...baseFeeRead(9) }]);
    expect(reads.map(({ key }) => values.get(key)?.value)).toEqual([
      undefined,
      undefined,
      "-3",
      undefined,
      undefined,
      undefined,
    ]);
    expect(values.size).toBe(reads.length);
  });

  test("a chain without a base fee has none", async () => {
    const { nodes, reader } = world();
    expect((await reader.read([baseFeeRead(1)])).get("eip155:1/base-fee")?.value).toBe("7");
    nodes.baseFee = undefined;
    expect((await reader.read([baseFeeRead(1)])).get("eip155:1/base-fee")?.value).toBeUndefined();
  });

  test("many reads take few requests, and the same question is asked once", async () => {
    const { nodes, reader } = world([{}], 1);
    const reads = Array.from({ length: 120 }, (_, at) =>
      balanceRead({ chainId: 1, address: `0x${String(at).padStart(40, "0")}` }),
    );
    expect((await reader.read([...reads, ...reads])).size).toBe(120);
    expect(nodes.requests.map(({ methods }) => methods.length)).toEqual([1, 50, 50, 21]);
  });
});

describe("a position in Morpho Blue", () => {
  // The shapes of Morpho Blue's ABI; its code is not run here.
  const marketId = keccak256("0x01");
  const read = morphoRead(contract, marketId, holder.address);
  const words = (types: string, ...values: readonly unknown[]) =>
    encodeAbiParameters(parseAbiParameters(types), values as never);
  const lltv = 860_000_000_000_000_000n;

  async function health(borrowShares: bigint, price: Hex | undefined, market = oracle) {
    const { nodes, reader } = world();
    const [position, totals, params] = positionCalls(marketId, holder.address);
    const answers = [
      words("uint256,uint128,uint128", 0n, borrowShares, 2n * 10n ** 18n),
      words(
        "uint128,uint128,uint128,uint128,uint128,uint128",
        0n,
        0n,
        10n ** 12n,
        10n ** 18n,
        1n,
        0n,
      ),
      words("address,address,address,address,uint256", market, market, market, market, lltv),
    ];
    for (const [at, data] of [position, totals, params].entries()) {
      nodes.calls.set(`${contract.address}/${data}`, answers[at] ?? "0x");
    }
    if (price !== undefined) nodes.calls.set(`${oracle}/${priceCall}`, price);
    return (await reader.read([read])).get(read.key)?.value;
  }

  // 2 ETH at 2,500 USDC, an LLTV of 86 %: 4,300 USDC may be borrowed.
  const price = toHex(2_500n * 10n ** 24n, { size: 32 });
  test.each([
    ["2,150 USDC borrowed", 2_150n * 10n ** 12n, price, "2.000000000000000000"],
    ["a share more: debt is rounded up", 2_150n * 10n ** 12n + 1n, price, "1.999999999069767442"],
    ["without debt", 0n, undefined, `${(2n ** 256n - 1n) / 10n ** 18n}.584007913129639935`],
    ["whose oracle reverts", 1n, "revert" as Hex, undefined],
  ])("%s", async (_, shares, oraclePrice, expected) => {
    expect(await health(shares, oraclePrice)).toBe(expected);
  });

  test("of a market that does not exist", async () => {
    expect(await health(1n, price, `0x${"0".repeat(40)}`)).toBeUndefined();
  });
});

describe("logs of a chain", () => {
  const topic0 = keccak256("0x02");
  const filter = logFilter(contract, topic0, 2);
  const log = (block: number, tx: number, index = 0) => ({
    block,
    index,
    transactionHash: toHex(tx, { size: 32 }),
    address: contract.address,
    topics: [topic0],
    data: "0x" as const,
  });
  const at = (nextBlock: bigint, of: LogFilter = filter) =>
    requestFor(of, { nextBlock, atMs: nowMs });
  const shown = (page: { readonly logs: readonly { blockNumber: bigint; ordinal: number }[] }) =>
    page.logs.map(({ blockNumber, ordinal }) => `${blockNumber}/${ordinal}`);

  test("only those with their confirmations, with their times and ordinals", async () => {
    const { nodes, reader } = world();
    nodes.logs = [log(990, 1, 4), log(990, 1, 7), log(998, 2), log(999, 3)];
    const page = (await reader.readLogs([at(980n)])).get(filter.key);
    expect(page).toMatchObject({ fromBlock: 916n, toBlock: 998n, readMs: nowMs });
    expect(page && shown(page)).toEqual(["990/0", "990/1", "998/0"]);
    expect(page?.logs[0]?.timeMs).toBe(nodes.timeOf(990) * 1000);
  });

  test("a new filter reads a little of the past", async () => {
    const { nodes, reader } = world();
    nodes.logs = [log(10, 1), log(997, 2)];
    const page = (await reader.readLogs([requestFor(filter, undefined)])).get(filter.key);
    expect(page).toMatchObject({ fromBlock: 879n, toBlock: 998n });
    expect(page && shown(page)).toEqual(["997/0"]);
  });

  test.each<readonly [string, readonly Behaviour[], readonly string[] | undefined]>([
    ["one leaves a log out", [{ lies: { eth_getLogs: () => [] } }, {}, {}], ["997/0"]],
    [
      "one adds a log of another contract",
      [
        { lies: { eth_getLogs: (logs) => [{ ...(logs as object[])[0], address: oracle }] } },
        {},
        {},
      ],
      ["997/0"],
    ],
    [
      "they take few blocks at once",
      [{ maxRange: 100 }, { maxRange: 100 }, { maxRange: 100 }],
      ["997/0"],
    ],
  ])("%s", async (_, behaviours, expected) => {
    const { nodes, reader } = world(behaviours);
    nodes.logs = [log(997, 1)];
    let page = (await reader.readLogs([at(700n)])).get(filter.key);
    // What nodes bear is found out over a few looks.
    for (let look = 0; look < 4 && page?.toBlock !== 998n; look++) {
      page = (await reader.readLogs([at((page?.toBlock ?? 699n) + 1n)])).get(filter.key);
    }
    expect(page && shown(page)).toEqual(expected);
  });

  test("what two tell differently is not passed over", async () => {
    const nothing = { lies: { eth_getLogs: () => [] } };
    const { nodes, reader } = world([nothing, { lies: { eth_getLogs: () => [{}] } }, {}]);
    nodes.logs = [log(900, 1)];
    let nextBlock = 880n;
    for (let look = 0; look < 8; look++) {
      const page = (await reader.readLogs([at(nextBlock)])).get(filter.key);
      if (page !== undefined) nextBlock = page.toBlock + 1n;
    }
    expect(nextBlock).toBeLessThanOrEqual(900n);
  });

  test("a range of many blocks and logs is read in looks, each of which gets on", async () => {
    const { nodes, reader } = world([{}], 1);
    nodes.head = 6_000;
    nodes.logs = Array.from({ length: 700 }, (_, n) => log(1_500 + Math.floor(n / 10), n, n % 10));
    let nextBlock = 1_000n;
    const seen = new Set<string>();
    const ends: bigint[] = [];
    while (nextBlock <= 5_998n) {
      const page = (await reader.readLogs([at(nextBlock)])).get(filter.key);
      if (page === undefined) throw new Error("no page");
      for (const { transactionHash } of page.logs) seen.add(transactionHash);
      expect(page.toBlock).toBeGreaterThanOrEqual(nextBlock);
      nextBlock = page.toBlock + 1n;
      ends.push(page.toBlock);
    }
    expect(seen.size).toBe(700);
    expect(ends.length).toBeLessThan(10);
  });
});

test("a chain is worth asking once a block, but no more than once a second", () => {
  const { reader } = world();
  expect(reader.pauseMs(1)).toBe(1_000);
  expect(reader.pauseMs(2)).toBe(60_000);
});
