import { expect, test } from "vitest";
import { operatingVault, planned, startMs, vaultId } from "../../test/support/operating-vault.ts";
import { eth, PricedNodes, pricedChain } from "../../test/support/priced-nodes.ts";
import type { JobKind } from "../scheduler/job.ts";
import { arrangeSnapshots, createSnapshots, noteExecutionEnded } from "./snapshot.ts";
import { insertSnapshot, listSnapshots, maxSnapshots, writeTracking } from "./store.ts";
import { toPortfolio } from "./wire.ts";

const minuteMs = 60_000;

async function recorder(
  tracked: readonly string[] = [eth],
  interval: { readonly ms?: number } = { ms: minuteMs },
) {
  const vault = await operatingVault({});
  const nodes = new PricedNodes();
  const { db } = vault;
  writeTracking(db, { assets: tracked, intervalMs: interval.ms, sinceMs: startMs });
  const deps = {
    db,
    chains: new Map([[1, pricedChain]]),
    chain: nodes.reader(),
    now: () => nodes.nowMs,
  };
  const run = createSnapshots(deps, () => vaultId);
  const all = () => listSnapshots(db, Number.MAX_SAFE_INTEGER, 200);
  return {
    vault,
    db,
    nodes,
    run,
    all,
    blocks: () => all().map((one) => one.portfolio.blockNumber),
  };
}

test("an occurrence of the interval is recorded once, though nothing changed, and the next is due", async () => {
  const { run, nodes, blocks } = await recorder();
  const due = (count: number) => ({ kind: "again", dueMs: startMs + count * minuteMs });
  expect(await run("interval", startMs)).toEqual(due(1));
  nodes.head += 1;
  // The job died before its end, and runs again.
  expect(await run("interval", startMs + 5)).toEqual(due(1));
  expect(blocks()).toEqual([1000n]);
  expect(await run("interval", startMs + minuteMs)).toEqual(due(2));
  // What was slept through is not made up for.
  expect(await run("interval", startMs + 7.5 * minuteMs)).toEqual(due(8));
  expect(blocks()).toEqual([1001n, 1001n, 1000n]);
});

test("a chain that does not answer is asked again, and records nothing", async () => {
  const { run, nodes, blocks } = await recorder();
  nodes.silence();
  expect(await run("interval", startMs)).toMatchObject({ kind: "retry" });
  expect(await run(`execution/${startMs}`, startMs)).toMatchObject({ kind: "retry" });
  nodes.behaviours.clear();
  await run("interval", startMs + 10);
  await run(`execution/${startMs}`, startMs + 10);
  expect(blocks()).toEqual([1000n, 1000n]);
});

test("without an interval, and with nothing to record, the vault sleeps", async () => {
  const without = await recorder([eth], {});
  expect(await without.run("interval", startMs)).toEqual({ kind: "done" });
  const empty = await recorder([]);
  expect(await empty.run(`execution/${startMs}`, startMs)).toEqual({ kind: "done" });
  expect(empty.blocks()).toEqual([]);
  const calls: string[] = [];
  const scheduler = {
    put: ({ kind, ref }: { kind: JobKind; ref: string }) => calls.push(`put ${kind} ${ref}`),
    cancel: (kind: JobKind, ref: string) => calls.push(`cancel ${kind} ${ref}`),
  };
  arrangeSnapshots(scheduler, { assets: [], intervalMs: undefined, sinceMs: 0 }, startMs);
  arrangeSnapshots(scheduler, { assets: [], intervalMs: minuteMs, sinceMs: 0 }, startMs);
  expect(calls).toEqual(["cancel portfolio interval", "put portfolio interval"]);
});

test("executions that end together are recorded together, soon; what is late is left", async () => {
  const { vault, db, run, blocks } = await recorder();
  const jobs: unknown[] = [];
  const scheduler = { ensure: (job: unknown) => jobs.push(job) };
  planned(vault, "e1", startMs);
  noteExecutionEnded({ db, scheduler }, "e1", startMs);
  noteExecutionEnded({ db, scheduler }, "nobody", startMs);
  expect(jobs).toEqual([]);
  db.run("UPDATE execution SET state = 'FINAL'");
  for (const atMs of [startMs + 1, startMs + 4_999, startMs + 5_000]) {
    noteExecutionEnded({ db, scheduler }, "e1", atMs);
  }
  const job = (ms: number) => ({
    kind: "portfolio",
    ref: `execution/${startMs + ms}`,
    dueMs: startMs + ms,
  });
  expect(jobs).toEqual([job(5_000), job(5_000), job(10_000)]);
  for (const again of [0, 1]) {
    expect(await run(`execution/${startMs + 5_000}`, startMs + 5_000 + again)).toEqual({
      kind: "done",
    });
  }
  expect(blocks()).toEqual([1000n]);
  expect(await run(`execution/${startMs}`, startMs + 3_600_001)).toEqual({ kind: "done" });
  expect(blocks()).toEqual([1000n]);
});

test("the last ten thousand are kept", async () => {
  const { db, all, nodes } = await recorder();
  const portfolio = toPortfolio("", { chainId: 1, blockNumber: 1n, blockMs: 1, holdings: [] });
  for (let i = 1; i <= maxSnapshots + 2; i++) insertSnapshot(db, String(i), portfolio);
  const count = db.one<{ count: number }>("SELECT count(*) AS count FROM portfolio_snapshot");
  expect(count?.count).toBe(maxSnapshots);
  expect(all()[0]?.sequence).toBe(maxSnapshots + 2);
  expect(listSnapshots(db, 4, 10).map(({ sequence }) => sequence)).toEqual([3]);
  expect(nodes.requests).toEqual([]);
});
