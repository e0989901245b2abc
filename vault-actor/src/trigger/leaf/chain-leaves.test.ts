import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { encodeAbiParameters, encodeEventTopics, type Hex, pad, parseAbi, toHex } from "viem";
import { describe, expect, test } from "vitest";
import { ObservationSchema } from "#gen/signal/v1/observation";
import { Series_Kind, SeriesSchema, Unit } from "#gen/signal/v1/series";
import { HealthFactor_Protocol } from "#gen/trigger/v1/chain_condition";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { enumName } from "#protocol/enum-name";
import {
  account,
  checkContext,
  evaluation,
  startMs,
  viewAt,
} from "../../../test/support/conditions.ts";
import type { ChainLogEntry, LogPage } from "../../chain/chain-read.ts";
import { checkCondition } from "../check.ts";
import { compile } from "../compile.ts";
import { evaluate } from "../evaluate.ts";
import { recordInputs, viewOf } from "../record.ts";
import type { View } from "../view.ts";

type Test = NonNullable<MessageInitShape<typeof ConditionSchema>["test"]>;

const maxAge = { seconds: 60n };
const token = `0x${"b".repeat(40)}` as const;
const contract = `eip155:1:${token}`;
const usdc = `eip155:1/erc20:${token}`;
const ether = "eip155:1/slip44:60";
const marketId = `0x${"12".repeat(32)}`;
const priced = (id: string, unit: Unit = Unit.USD, kind: Series_Kind = Series_Kind.GAUGE) =>
  [id, create(SeriesSchema, { id, unit, kind })] as const;
const series = new Map([
  priced("eth@v1"),
  priced("usdc@v1"),
  priced("rate@v1", Unit.RATIO),
  priced("quake@v1", Unit.USD, Series_Kind.EVENT),
]);

const conditionOf = (test: Test) => create(ConditionSchema, { test });
const readAt = (value: string | undefined, timeMs = startMs) => ({
  value,
  blockNumber: 9n,
  timeMs,
});

/** The verdict and the words on values by key. */
function verdict(
  of: Test,
  values: Readonly<Record<string, string | undefined>>,
  ageMs = 0,
): string {
  const read = Object.entries(values).map(
    ([key, value]) => [key, readAt(value, startMs - ageMs)] as const,
  );
  const seen = evaluation(conditionOf(of), viewAt(startMs, { chain: new Map(read) }));
  return `${enumName(Verdict, seen.verdict)} ${seen.explanation}`;
}

const gas = (comparator = Comparator.LESS_THAN, wei = "10"): Test => ({
  case: "gasPrice",
  value: { chain: "eip155:1", comparator, wei, maxAge },
});
const holds = (asset: string, amount: string, of = ""): Test => ({
  case: "balance",
  value: { account: of, asset, comparator: Comparator.AT_LEAST, amount, maxAge },
});
const reads = (declared: string, args: string[], value = "5", resultIndex = 0): Test => ({
  case: "contractRead",
  value: {
    contract,
    function: declared,
    arguments: args,
    resultIndex,
    comparator: Comparator.GREATER_THAN,
    value,
    maxAge,
  },
});
const health = (protocol: HealthFactor_Protocol, id = "", value = "1.5"): Test => ({
  case: "healthFactor",
  value: {
    protocol,
    market: contract,
    marketId: id,
    comparator: Comparator.LESS_THAN,
    value,
    maxAge,
  },
});

const gasKey = "eip155:1/base-fee";
const aaveKey = `eip155:1/call/${token}/0xbf92857c${pad(account.address).slice(2)}/5:uint256`;
const morphoKey = `eip155:1/morpho/${token}/${marketId}/${account.address}`;
const answerKey = `eip155:1/call/${token}/0x50d25bcd/0:int256`;
const latest = "function latestAnswer() view returns (int256)";

describe("readings of a chain against constants", () => {
  test.each<readonly [string, Test, Readonly<Record<string, string | undefined>>, string]>([
    ["gas that is cheap", gas(), { [gasKey]: "9" }, "TRUE 9 < 10"],
    ["gas that is not", gas(), { [gasKey]: "10" }, "FALSE not 10 < 10"],
    ["gas that was not read", gas(), {}, "UNKNOWN the chain was not read"],
    [
      "gas of a chain without a base fee",
      gas(),
      { [gasKey]: undefined },
      "UNKNOWN could not be read",
    ],
    [
      "own ether",
      holds(ether, "5"),
      { [`eip155:1/balance/${account.address}`]: "5" },
      "TRUE 5 >= 5",
    ],
    [
      "little ether",
      holds(ether, "5"),
      { [`eip155:1/balance/${account.address}`]: "4" },
      "FALSE not 4 >= 5",
    ],
    [
      "tokens of somebody",
      holds(usdc, "5", contract),
      { [`eip155:1/erc20/${token}/${token}`]: "6" },
      "TRUE 6 >= 5",
    ],
    ["an answer", reads(latest, []), { [answerKey]: "6" }, "TRUE 6 > 5"],
    ["a negative answer", reads(latest, [], "-2.0"), { [answerKey]: "-2" }, "FALSE not -2 > -2.0"],
    [
      "an answer that reverts",
      reads(latest, []),
      { [answerKey]: undefined },
      "UNKNOWN could not be read",
    ],
    [
      "Aave: in danger",
      health(HealthFactor_Protocol.AAVE_V3),
      { [aaveKey]: "1499999999999999999" },
      "TRUE 1.499999999999999999 < 1.5",
    ],
    [
      "Aave: without debt",
      health(HealthFactor_Protocol.AAVE_V3),
      { [aaveKey]: String(2n ** 256n - 1n) },
      "FALSE not no debt < 1.5",
    ],
    [
      "Morpho: in danger",
      health(HealthFactor_Protocol.MORPHO_BLUE, marketId),
      { [morphoKey]: "1.499999999999999999" },
      "TRUE 1.499999999999999999 < 1.5",
    ],
    [
      "Morpho: without debt",
      health(HealthFactor_Protocol.MORPHO_BLUE, marketId),
      { [morphoKey]: `${(2n ** 256n - 1n) / 10n ** 18n}.584007913129639935` },
      "FALSE not no debt < 1.5",
    ],
  ])("%s", (_, of, values, expected) => {
    expect(verdict(of, values)).toBe(expected);
    expect(checkCondition(conditionOf(of), checkContext(series)).ok).toBe(true);
  });

  test.each([
    ["at its maximum age", 60_000, "TRUE 9 < 10"],
    ["a millisecond past it", 60_001, "UNKNOWN 60001 ms old, at most 60000"],
    ["from a clock that is ahead a little", -60_000, "TRUE 9 < 10"],
    ["from the future", -60_001, "UNKNOWN dated in the future"],
  ])("a reading %s", (_, ageMs, expected) => {
    expect(verdict(gas(), { [gasKey]: "9" }, ageMs)).toBe(expected);
  });

  test("it is looked at again when the reading gets too old, and unknown is stale", () => {
    const node = compile(conditionOf(gas()), account);
    const view = viewAt(startMs, { chain: new Map([[gasKey, readAt("9")]]) });
    expect(evaluate(node, view, {}).outcome.lookMs).toBe(startMs + 60_001);
    expect(evaluate(node, viewAt(startMs), {}).outcome.stale).toBe(true);
  });

  test("results behind others are found by their word", () => {
    const read = (declared: string, index: number) =>
      compile(conditionOf(reads(declared, [], "5", index)), account).depends;
    const key = (declared: string, index: number) => {
      const [one] = read(declared, index);
      return one?.kind === "chain" ? one.read.key.split("/").at(-1) : undefined;
    };
    expect(key("function a() view returns (string, uint8)", 1)).toBe("1:uint8");
    expect(key("function a() view returns (uint256[3], bytes, bool)", 2)).toBe("4:bool");
    expect(key("function a() view returns (address[], int24)", 1)).toBe("1:int24");
  });
});

describe("allocation drift", () => {
  const drift = (...weights: readonly number[]): Test => ({
    case: "allocationDrift",
    value: {
      targets: weights.map((weightBps, at) => ({
        asset: at === 0 ? ether : usdc,
        weightBps,
        priceSeries: at === 0 ? "eth@v1" : "usdc@v1",
      })),
      minDriftBps: 500,
      maxAge,
    },
  });
  const price = (id: string, value: string, fetchMs = startMs) =>
    [
      id,
      create(ObservationSchema, {
        series: id,
        value,
        observeTime: timestampFromMs(fetchMs),
        fetchTime: timestampFromMs(fetchMs),
        round: 1n,
      }),
    ] as const;
  const world = (eth: string, usd: string, known: Partial<View> = {}) =>
    viewAt(startMs, {
      observations: new Map([price("eth@v1", "2000"), price("usdc@v1", "1")]),
      chain: new Map([
        [`eip155:1/balance/${account.address}`, readAt(eth)],
        [`eip155:1/erc20/${token}/${account.address}`, readAt(usd)],
        [`eip155:1/call/${token}/0x313ce567/0:uint8`, readAt("6")],
      ]),
      ...known,
    });
  const one = String(10n ** 18n);
  test.each<readonly [string, View, string]>([
    [
      "in balance",
      world(one, "2000000000"),
      `FALSE not ${ether} at 5000 bps, at least 500 from 5000`,
    ],
    [
      "just not far enough",
      world(one, "1636363637"),
      `FALSE not ${ether} at 5499 bps, at least 500 from 5000`,
    ],
    [
      "at least so far",
      world("1100000000000000000", "1800000000"),
      `TRUE ${ether} at 5500 bps, at least 500 from 5000`,
    ],
    ["empty", world("0", "0"), "FALSE nothing is held"],
    [
      "without a price",
      world(one, "1", { observations: new Map([price("usdc@v1", "1")]) }),
      "UNKNOWN eth@v1: no observation",
    ],
    [
      "with an old price",
      world(one, "1", {
        observations: new Map([price("eth@v1", "2000", startMs - 60_001), price("usdc@v1", "1")]),
      }),
      "UNKNOWN eth@v1: 60001 ms old, at most 60000",
    ],
    [
      "with a price of nothing",
      world(one, "1", { observations: new Map([price("eth@v1", "0"), price("usdc@v1", "1")]) }),
      `UNKNOWN ${ether}: no value`,
    ],
    [
      "without balances",
      world(one, "1", { chain: new Map() }),
      `UNKNOWN ${ether}: the chain was not read`,
    ],
  ])("%s", (_, view, expected) => {
    const seen = evaluation(conditionOf(drift(5000, 5000)), view);
    expect(`${enumName(Verdict, seen.verdict)} ${seen.explanation}`).toBe(expected);
  });

  const refusal = (of: Test) => {
    const checked = checkCondition(conditionOf(of), checkContext(series));
    return checked.ok ? "ok" : `${checked.error.reason} ${checked.error.metadata.field}`;
  };
  const targets = (...list: readonly (readonly [string, string])[]): Test => ({
    case: "allocationDrift",
    value: {
      targets: list.map(([asset, priceSeries]) => ({ asset, weightBps: 5000, priceSeries })),
      minDriftBps: 1,
      maxAge,
    },
  });
  const at = "trigger.condition.allocation_drift.targets";
  test.each<readonly [string, Test, string]>([
    ["as it should be", drift(5000, 5000), "ok"],
    ["weights that are not the whole", drift(5000, 4000), `CONDITION_INVALID ${at}`],
    [
      "an asset twice",
      targets([ether, "eth@v1"], [ether, "eth@v1"]),
      `CONDITION_INVALID ${at}[1].asset`,
    ],
    [
      "no such series",
      targets([ether, "nope@v1"], [usdc, "usdc@v1"]),
      `SERIES_UNKNOWN ${at}[0].price_series`,
    ],
    [
      "a series in another unit",
      targets([ether, "rate@v1"], [usdc, "usdc@v1"]),
      `UNIT_MISMATCH ${at}[0].price_series`,
    ],
    [
      "a series of events",
      targets([ether, "quake@v1"], [usdc, "usdc@v1"]),
      `CONDITION_INVALID ${at}[0].price_series`,
    ],
    [
      "a chain that is not configured",
      targets([ether, "eth@v1"], ["eip155:5/slip44:60", "eth@v1"]),
      `CHAIN_UNSUPPORTED ${at}[1].asset`,
    ],
  ])("is checked: %s", (_, of, expected) => {
    expect(refusal(of)).toBe(expected);
  });
});

describe("a log", () => {
  const declared = "Transfer(address indexed from, address indexed to, uint256 value)";
  const abi = parseAbi([`event ${declared}`]);
  const [from, to] = [`0x${"1".repeat(40)}`, `0x${"2".repeat(40)}`] as const;
  const topics = encodeEventTopics({ abi, args: { from, to } }) as Hex[];
  const key = `eip155:1/logs/${token}/${topics[0]}/2`;
  const transfer = (
    tx: number,
    value: bigint,
    timeMs = startMs,
    blockNumber = 10n,
  ): ChainLogEntry => ({
    blockNumber,
    transactionHash: toHex(tx, { size: 32 }),
    ordinal: 0,
    topics,
    data: encodeAbiParameters([{ type: "uint256" }], [value]),
    timeMs,
  });
  const page = (...logs: readonly ChainLogEntry[]): LogPage => ({
    fromBlock: 1n,
    toBlock: 20n,
    logs,
    readMs: startMs,
  });
  const seen = (logs: LogPage | undefined, known: Partial<View> = {}) =>
    viewAt(startMs + 5_000, {
      activeMs: startMs + 400,
      logs: new Map(logs === undefined ? [] : [[key, logs]]),
      ...known,
    });
  const cause = (tx: number) => `log/eip155:1/${toHex(tx, { size: 32 })}/0`;
  type Argument = { index: number; comparator?: Comparator; value: string };
  const logTest = (args: readonly Argument[] = [], event = declared): Test => ({
    case: "chainLog",
    value: { contract, event, arguments: [...args], confirmations: 2 },
  });
  const node = (of = logTest()) => compile(conditionOf(of), account);

  test.each<readonly [string, Argument[], boolean]>([
    ["of any arguments", [], true],
    ["of enough", [{ index: 2, comparator: Comparator.AT_LEAST, value: "7" }], true],
    [
      "of more than there is",
      [{ index: 2, comparator: Comparator.GREATER_THAN, value: "7" }],
      false,
    ],
    ["of just so much", [{ index: 2, value: "7" }], true],
    ["to somebody", [{ index: 1, value: to }], true],
    ["to somebody else", [{ index: 1, value: from }], false],
    [
      "of both",
      [
        { index: 0, value: from },
        { index: 2, value: "8" },
      ],
      false,
    ],
  ])("%s", (_, args, expected) => {
    const { outcome } = evaluate(node(logTest(args)), seen(page(transfer(1, 7n))), {});
    expect(outcome.verdict).toBe(expected ? Verdict.TRUE : Verdict.FALSE);
    expect(outcome.causes).toEqual(expected ? [cause(1)] : []);
  });

  test("of another shape does not match", () => {
    const short = { ...transfer(1, 7n), topics: topics.slice(0, 2) };
    const noData = { ...transfer(2, 7n), data: "0x" as const };
    expect(evaluate(node(), seen(page(short, noData)), {}).outcome.verdict).toBe(Verdict.FALSE);
  });

  test("from before the trigger was activated does not count; one of the same second does", () => {
    const old = transfer(1, 7n, startMs - 1_000);
    expect(evaluate(node(), seen(page(old)), {}).outcome.verdict).toBe(Verdict.FALSE);
    expect(evaluate(node(), seen(page(old, transfer(2, 7n))), {}).outcome.causes).toEqual([
      cause(2),
    ]);
  });

  test("each counts once, the oldest first, whatever is read again and wherever it moves", () => {
    const both = page(transfer(1, 7n), transfer(2, 7n));
    const first = evaluate(node(), seen(both), {});
    expect(first.outcome.causes).toEqual([cause(1)]);
    expect(first.fired.get("chain_log")?.spend).toBe(cause(1));
    const rest = { chain_log: first.fired.get("chain_log")?.state ?? never() };
    const moved = page(transfer(2, 7n), transfer(1, 7n, startMs + 2_000, 12n));
    const spent = new Set([cause(1)]);
    const second = evaluate(node(), seen(moved, { spent }), rest);
    expect(second.outcome.causes).toEqual([cause(2)]);
    expect(second.states).toBe(rest);
    const after = { chain_log: second.fired.get("chain_log")?.state ?? never() };
    const done = evaluate(node(), seen(moved, { spent: new Set([cause(1), cause(2)]) }), after);
    expect(done.outcome.verdict).toBe(Verdict.FALSE);
    expect(done.states).toBe(after);
  });

  test("waits in the state until the whole condition is decided", () => {
    const first = evaluate(node(), seen(page(transfer(1, 7n))), {});
    expect(first.states).toEqual({
      chain_log: { kind: "logs", pending: [{ cause: cause(1), atMs: startMs }] },
    });
    // The next page is without it, or missing: it still waits.
    expect(evaluate(node(), seen(page()), first.states).outcome.causes).toEqual([cause(1)]);
    expect(evaluate(node(), seen(undefined), first.states).outcome.causes).toEqual([cause(1)]);
    // A pause makes it old.
    const paused = seen(page(), { activeMs: startMs + 3_000 });
    expect(evaluate(node(), paused, first.states).outcome.verdict).toBe(Verdict.FALSE);
  });

  test("a look that finds nothing remembers nothing, and one without logs is stale", () => {
    const states = {};
    expect(evaluate(node(), seen(page()), states).states).toBe(states);
    expect(evaluate(node(), seen(undefined), states).outcome).toMatchObject({
      verdict: Verdict.UNKNOWN,
      stale: true,
    });
  });

  test("at most 256 wait", () => {
    const many = Array.from({ length: 300 }, (_, tx) => transfer(tx, 7n));
    const { states } = evaluate(node(), seen(page(...many)), {});
    const memory = states.chain_log;
    expect(memory?.kind === "logs" && memory.pending.length).toBe(256);
  });

  test("replays from its record", () => {
    const view = seen(page(transfer(1, 7n)));
    const again = viewOf(recordInputs(node(), view, {}));
    const shown = (of: View) => {
      const { outcome } = evaluate(node(), of, again.states);
      return `${outcome.verdict} ${outcome.explain()} ${outcome.causes}`;
    };
    expect(shown(again.view)).toBe(shown(view));
  });

  const at = "trigger.condition.chain_log";
  const argument = (index: number, value: string, comparator?: Comparator): Argument => ({
    index,
    value,
    ...(comparator === undefined ? {} : { comparator }),
  });
  test.each<readonly [string, Test, string]>([
    ["as it should be", logTest([argument(2, "1", Comparator.AT_LEAST)]), "ok"],
    ["with the word event", logTest([], `event ${declared}`), "ok"],
    ["no event", logTest([], "Transfer"), `CONDITION_INVALID ${at}.event`],
    ["a function", logTest([], "function a()"), `CONDITION_INVALID ${at}.event`],
    ["no such argument", logTest([argument(3, "1")]), `CONDITION_INVALID ${at}.arguments[0].index`],
    [
      "a larger address",
      logTest([argument(0, to, Comparator.AT_LEAST)]),
      `CONDITION_INVALID ${at}.arguments[0].comparator`,
    ],
    [
      "a number that is none",
      logTest([argument(1, to), argument(2, "0x1")]),
      `CONDITION_INVALID ${at}.arguments[1].value`,
    ],
    [
      "a number that can't be",
      logTest([argument(2, "-1")]),
      `CONDITION_INVALID ${at}.arguments[0].value`,
    ],
    [
      "a hashed text",
      logTest([argument(0, "a")], "Said(string indexed what)"),
      `CONDITION_INVALID ${at}.arguments[0].index`,
    ],
    [
      "a list",
      logTest([argument(0, "1")], "Said(uint256[] what)"),
      `CONDITION_INVALID ${at}.arguments[0].index`,
    ],
  ])("is checked: %s", (_, of, expected) => {
    const checked = checkCondition(conditionOf(of), checkContext(series));
    expect(checked.ok ? "ok" : `${checked.error.reason} ${checked.error.metadata.field}`).toBe(
      expected,
    );
  });
});

describe("what is refused", () => {
  const at = "trigger.condition";
  const add = "function allowed(address who, bytes4 what, bool on) view returns (uint256, string)";
  const who = `0x${"1".repeat(40)}`;
  test.each<readonly [string, Test, string]>([
    [
      "another chain's gas",
      { case: "gasPrice", value: { chain: "eip155:5", wei: "1", comparator: 1, maxAge } },
      `CHAIN_UNSUPPORTED ${at}.gas_price.chain`,
    ],
    [
      "another chain's asset",
      holds("eip155:5/slip44:60", "1"),
      `CHAIN_UNSUPPORTED ${at}.balance.asset`,
    ],
    [
      "a native asset that is none",
      holds("eip155:1/slip44:61", "1"),
      `CONDITION_INVALID ${at}.balance.asset`,
    ],
    [
      "an account on another chain",
      holds(ether, "1", `eip155:5:${token}`),
      `CHAIN_UNSUPPORTED ${at}.balance.account`,
    ],
    ["an amount that is not whole", holds(ether, "1.5"), `CONDITION_INVALID ${at}.balance.amount`],
    [
      "Aave with a market id",
      health(HealthFactor_Protocol.AAVE_V3, marketId),
      `CONDITION_INVALID ${at}.health_factor.market_id`,
    ],
    [
      "Morpho without one",
      health(HealthFactor_Protocol.MORPHO_BLUE),
      `CONDITION_INVALID ${at}.health_factor.market_id`,
    ],
    ["no function", reads("latestAnswer", []), `CONDITION_INVALID ${at}.contract_read.function`],
    [
      "a function that writes",
      reads("function a() returns (uint256)", []),
      `CONDITION_INVALID ${at}.contract_read.function`,
    ],
    ["good arguments", reads(add, [who, "0x01020304", "true"]), "ok"],
    ["too few arguments", reads(add, [who]), `CONDITION_INVALID ${at}.contract_read.arguments`],
    [
      "a bad address",
      reads(add, ["0x1", "0x01020304", "true"]),
      `CONDITION_INVALID ${at}.contract_read.arguments[0]`,
    ],
    [
      "bytes of another length",
      reads(add, [who, "0x01", "true"]),
      `CONDITION_INVALID ${at}.contract_read.arguments[1]`,
    ],
    [
      "a bad boolean",
      reads(add, [who, "0x01020304", "1"]),
      `CONDITION_INVALID ${at}.contract_read.arguments[2]`,
    ],
    [
      "a result that is no number",
      reads(add, [who, "0x01020304", "true"], "5", 1),
      `CONDITION_INVALID ${at}.contract_read.result_index`,
    ],
    [
      "a result that is not there",
      reads(add, [who, "0x01020304", "true"], "5", 2),
      `CONDITION_INVALID ${at}.contract_read.result_index`,
    ],
    [
      "a constant that is not whole",
      reads(latest, [], "5.5"),
      `CONDITION_INVALID ${at}.contract_read.value`,
    ],
  ])("%s", (_, of, expected) => {
    const checked = checkCondition(conditionOf(of), checkContext(series));
    expect(checked.ok ? "ok" : `${checked.error.reason} ${checked.error.metadata.field}`).toBe(
      expected,
    );
  });
});

function never(): never {
  throw new Error("there must be a state");
}
