/**
 * The database dies, stands still, comes back: vaults go on with the last round that they
 * accepted until it is too old for them, then hold, fire nothing wrong, and all recovers by itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createSignalClient } from "#client/signal-client";
import { TelemetryBatchSchema } from "#gen/internal/v1/telemetry";
import { Unit } from "#gen/signal/v1/series";
import { TelemetryFact_Kind } from "#gen/signal/v1/telemetry";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { FirePolicy_Stale as Stale, Verdict } from "#gen/trigger/v1/trigger";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { reasonOf } from "#protocol/errors";
import { withPostgres } from "../../signals-service/src/store/postgres.ts";
import { setPolicy } from "../scenario/policy.ts";
import { countsStored, putMessage } from "../scenario/telemetry.ts";
import { firingsOf, makeTrigger, swapOn, waitForFirings } from "../scenario/triggers.ts";
import { claimVault, type LiveVault } from "../scenario/vault.ts";
import { pauseAll } from "../stack/pause.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { waitFor } from "../stack/wait.ts";

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  stack = await startStack({ name: "signals-outage", persistent: false, progress: () => {} });
  vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
});
afterAll(() => stack?.stop());

/** How old a price may be for the triggers here, in milliseconds. */
const maxAgeMs = 6_000;

const under2200 = {
  test: {
    case: "signalThreshold" as const,
    value: {
      series: "market.price.eth.usd@v1",
      unit: Unit.USD,
      comparator: Comparator.LESS_THAN,
      value: "2200",
      maxAge: { seconds: BigInt(maxAgeMs / 1000) },
    },
  },
};

const verdictOf = async (name: string) => {
  const { trigger } = await vault.client.triggers.getTrigger({ name });
  return trigger?.lastVerdict;
};

const untilVerdict = (name: string, verdict: Verdict) =>
  waitFor(
    `the verdict is ${verdict}`,
    async () => ((await verdictOf(name)) === verdict ? true : undefined),
    { timeoutMs: 30_000, everyMs: 100 },
  );

const latestRound = async () => {
  const { signedManifest, nextPublishTime } = await createSignalClient(
    stack.baseUrl,
  ).batchGetObservations({ names: ["series/market.price.eth.usd@v1"] });
  return { signedManifest, nextPublishTime };
};

/** The numbers of all rounds, and of those of one series, as they are stored. */
const storedRounds = () =>
  withPostgres(stack.databaseUrl, async (sql) => {
    const rounds = await sql<{ round: string }>("SELECT round FROM published_round ORDER BY round");
    const own = await sql<{ round: string }>(
      `SELECT o.round FROM observation o JOIN series s ON s.id = o.series
       WHERE s.name = 'market.price.eth.usd@v1' ORDER BY o.round`,
    );
    return [rounds, own].map((rows) => rows.map(({ round }) => Number(round)));
  });

const expectConsecutive = async () => {
  for (const rounds of await storedRounds()) {
    expect(rounds.length).toBeGreaterThan(0);
    expect(rounds).toEqual(rounds.map((_, i) => (rounds[0] ?? 0) + i));
  }
};

const stateTold = (n: number) => {
  const minute = timestampFromMs(Math.floor(Date.now() / 60_000) * 60_000);
  const id = new Uint8Array(16).fill(n);
  const batch = create(TelemetryBatchSchema, {
    id,
    minute,
    facts: [{ kind: TelemetryFact_Kind.ALARM, outcome: "fault", count: 1n }],
  });
  return toBinary(TelemetryBatchSchema, batch);
};

/** A trigger that waits for a price under 2,200 while it is at 2,500. */
const waiting = async () => {
  stack.world.state.ethUsd = 2500;
  await stack.ingest();
  // A vault asks again when the next round is due.
  await sleep(2_500);
  const name = await makeTrigger(vault, swapOn(vault, under2200));
  await untilVerdict(name, Verdict.FALSE);
  return name;
};

const outages: readonly (readonly [string, () => Promise<() => Promise<void>>])[] = [
  [
    "killed, and started again",
    async () => {
      await stack.kill(["postgres"]);
      return () => stack.restart(undefined, ["postgres"]);
    },
  ],
  [
    "stopped where it is, and let go on",
    async () => {
      const pid = stack.instance.pidOf("postgres");
      if (pid === undefined) throw new Error("no database of our own");
      const goOn = pauseAll(pid);
      return async () => goOn();
    },
  ],
  [
    "killed, and the Workers too: they start without it",
    async () => {
      await stack.kill(["postgres", "workerd"]);
      await stack.restart(undefined, ["workerd"]);
      return () => stack.restart(undefined, ["postgres"]);
    },
  ],
];

describe("the database is", () => {
  let comeBack: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await comeBack?.();
    comeBack = undefined;
  });

  test.for(outages)("%s", { timeout: 120_000 }, async ([, breakIt]) => {
    const told = (await countsStored(stack)).batches;
    const trigger = await waiting();
    comeBack = await breakIt();
    // What was at work when its server died may still end its transaction.
    await sleep(500);
    // Upstream the price falls now: nobody can know.
    stack.world.state.ethUsd = 2100;
    await putMessage(stack, stateTold(Number(told % 200n) + 1));
    const brokenMs = Date.now();
    await untilVerdict(trigger, Verdict.UNKNOWN);
    // Not before the last round that was accepted was too old, nor long after.
    await sleep(Math.max(0, brokenMs + 2 * maxAgeMs - Date.now()));
    expect(await verdictOf(trigger)).toBe(Verdict.UNKNOWN);
    expect(await firingsOf(vault, trigger)).toEqual([]);
    // What needs no database goes on; what does says so, in the contract's words.
    const signals = createSignalClient(stack.baseUrl);
    expect((await signals.listSeries({ pageSize: 1 })).series).toHaveLength(1);
    const history = signals.listObservations({ parent: "series/market.price.eth.usd@v1" });
    expect(await history.then(() => "ok", reasonOf)).toBe("UNAVAILABLE");
    await comeBack();
    comeBack = undefined;
    const [firing, ...more] = await waitForFirings(vault, trigger, 1, 40_000);
    expect(more).toEqual([]);
    expect(firing?.inputs?.observations[0]?.value).toMatch(/^2100/);
    await waitFor("what was told meanwhile is counted, once", async () => {
      const { batches } = await countsStored(stack);
      return batches > told ? true : undefined;
    });
    expect((await latestRound()).signedManifest).toBeDefined();
    await expectConsecutive();
  });
});

test("stale inputs are told or freeze the vault, as each trigger's policy says", {
  timeout: 150_000,
}, async () => {
  stack.world.state.ethUsd = 2500;
  await stack.ingest();
  const held = await claimVault(stack, "10");
  const alerted = await claimVault(stack, "10");
  const frozen = await claimVault(stack, "10");
  for (const [one, stale] of [
    [held, Stale.HOLD],
    [alerted, Stale.ALERT],
    [frozen, Stale.FREEZE],
  ] as const) {
    await setPolicy(one, "6");
    await makeTrigger(one, swapOn(one, under2200, { stale }));
  }
  await sleep(2_000);
  const isFrozen = async ({ client, name }: LiveVault) =>
    (await client.vault.getVault({ name })).vault?.freeze !== undefined;
  const isAlerted = async ({ client, name }: LiveVault) => {
    const { ledgerEntries } = await client.vault.listLedgerEntries({ parent: name });
    return ledgerEntries.some(({ kind }) => kind === LedgerEntry_Kind.TRIGGER_STALE);
  };
  await stack.kill(["postgres"]);
  stack.world.state.ethUsd = 2100;
  try {
    // A minute's grace: a late round is no news.
    await sleep(30_000);
    expect(await isFrozen(frozen)).toBe(false);
    await waitFor(
      "the vault is frozen",
      async () => ((await isFrozen(frozen)) ? true : undefined),
      { timeoutMs: 60_000, everyMs: 500 },
    );
    await waitFor("it is told", async () => ((await isAlerted(alerted)) ? true : undefined));
  } finally {
    await stack.restart(undefined, ["postgres"]);
  }
  expect(await isFrozen(held)).toBe(false);
  expect(await isFrozen(alerted)).toBe(false);
  expect(await isAlerted(held)).toBe(false);
});
