/** Official sources and prediction markets, from the world's feeds to what everybody reads. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSignalClient } from "#client/signal-client";
import { Event_Status } from "#gen/signal/v1/event";
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
  for (let i = 0; i < 300; i++) {
    const { signedSnapshot } = await client.getSnapshot({});
    if (signedSnapshot !== undefined) {
      const verified = await verifySnapshot(signedSnapshot, stack.secrets.feedKeyId);
      if (!verified.ok) throw new Error(verified.error);
      if (wanted(verified.value)) return verified.value;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("no such snapshot within 30 s");
}

const max = "natural.quake.max_mag.24h";
const maxIn = (zone: string) => `${max}.${zone}@v1`;

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
  await snapshotWith(
    (snapshot) =>
      valueIn(snapshot, "natural.gdacs.red.count.7d@v1") === "1" &&
      valueIn(snapshot, "natural.gdacs.max_level.7d@v1") === "3",
  );
});

test("P10: an earthquake that vanishes from the feed is taken back, and counts no more", async () => {
  const timeMs = Date.now() - 60_000;
  const tokyo = { id: "us1", magnitude: 6.4, latitude: 35.7, longitude: 139.7, timeMs };
  await putState({ quakes: [tokyo] });
  const shaken = await snapshotWith((snapshot) => valueIn(snapshot, `${max}@v1`) === "6.4");
  expect(valueIn(shaken, maxIn("tokyo300"))).toBe("6.4");
  expect(valueIn(shaken, maxIn("taipei300"))).toBeUndefined();
  expect(valueIn(shaken, "natural.quake.count_m6.24h@v1")).toBe("1");
  await putState({ quakes: [] });
  const found = ({ events }: Snapshot) => events.find(({ id }) => id === "usgs:us1");
  const calm = await snapshotWith((snapshot) => found(snapshot)?.status === Event_Status.RETRACTED);
  expect(valueIn(calm, "natural.quake.count_m6.24h@v1")).toBe("0");
  expect(valueIn(calm, maxIn("tokyo300"))).toBeUndefined();
});

test("an outage is a country's state until it is over", async () => {
  const iran = "infra.outage.country.ir@v1";
  const startMs = Date.now() - 3_600_000;
  const outage = { id: "9", country: "IR", type: "NATIONWIDE", startMs, endMs: null };
  await snapshotWith((snapshot) => valueIn(snapshot, iran) === "0");
  await putState({ outages: [outage] });
  const dark = await snapshotWith((snapshot) => valueIn(snapshot, iran) === "3");
  expect(valueIn(dark, "infra.outage.country.tw@v1")).toBe("0");
  await putState({ outages: [{ ...outage, endMs: Date.now() - 1000 }] });
  await snapshotWith((snapshot) => valueIn(snapshot, iran) === "0");
});
