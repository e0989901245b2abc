/** Official sources and prediction markets, from the world's feeds to what everybody reads. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSignalClient } from "#client/signal-client";
import type { Snapshot } from "#gen/signal/v1/snapshot";
import { verifySnapshot } from "#protocol/snapshot";
import { localConditions } from "../stack/feeds/official-state.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
let client: ReturnType<typeof createSignalClient>;
beforeAll(async () => {
  stack = await startStack({ name: "official", persistent: false, progress: () => {} });
  client = createSignalClient(stack.baseUrl);
});
afterAll(() => stack?.stop());

const market = `prediction.prob.polymarket.${localConditions[0]}@v1`;

/** The first snapshot that `wanted` likes. */
async function snapshotWith(wanted: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  for (let i = 0; i < 150; i++) {
    const { signedSnapshot } = await client.getSnapshot({});
    if (signedSnapshot !== undefined) {
      const verified = await verifySnapshot(signedSnapshot, stack.secrets.feedKeyId);
      if (!verified.ok) throw new Error(verified.error);
      if (wanted(verified.value)) return verified.value;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("no such snapshot within 15 s");
}

const valueIn = ({ observations }: Snapshot, series: string) =>
  observations.find((observation) => observation.series === series)?.value;

async function putState(state: object): Promise<void> {
  const init = { method: "PUT", body: JSON.stringify(state) };
  const answer = await fetch(`${stack.world.url}/state`, init);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
}

test.each([
  ["macro.fred.dgs10@v1", "4.31"],
  ["macro.fred.sofr@v1", "3.9"],
  ["macro.fred.t10y2y@v1", "0.55"],
  ["macro.fred.vixcls@v1", "17.4"],
  [market, "0.715"],
  [`prediction.prob.polymarket.${localConditions[1]}@v1`, "0.0435"],
])("%s is %s at first", async (series, value) => {
  await snapshotWith((snapshot) => valueIn(snapshot, series) === value);
});

test.each(["natural.quake@v1", "natural.gdacs@v1", "infra.outage@v1"])(
  "%s was read",
  async (series) => {
    const isRead = ({ observations }: Snapshot) =>
      observations.some((one) => one.series === series && one.fetchTime !== undefined);
    await snapshotWith(isRead);
  },
);

test("P2: a market that converges has a value to the end, and none once it is decided", async () => {
  const converged = { condition: localConditions[0], bid: "0.985", ask: "0.99" };
  const open = { ...converged, liquidity: 80_000, status: "", closed: false };
  await putState({ markets: [open] });
  await snapshotWith((snapshot) => valueIn(snapshot, market) === "0.9875");
  await putState({ markets: [{ ...open, status: "proposed" }] });
  await snapshotWith((snapshot) => valueIn(snapshot, market) === undefined);
});

test("P10: a hazard's new episode is its next revision", async () => {
  const now = Date.now();
  const flood = { id: 7, episode: 1, hazard: "FL", level: "Orange", country: "TH", timeMs: now };
  const placed = { ...flood, latitude: 7, longitude: 100.5 };
  const found = ({ events }: Snapshot) => events.find(({ id }) => id === "gdacs:FL:7");
  await putState({ hazards: [placed] });
  const first = found(await snapshotWith((snapshot) => found(snapshot) !== undefined));
  expect(first).toMatchObject({ magnitude: "2", revision: 1, attributes: { country: "TH" } });
  await putState({ hazards: [{ ...placed, episode: 2, level: "Red" }] });
  const next = found(await snapshotWith((snapshot) => found(snapshot)?.revision === 2));
  expect(next).toMatchObject({ magnitude: "3", severityBps: 10_000 });
});
