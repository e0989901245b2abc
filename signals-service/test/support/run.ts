/** Runs of the ingest over what is said in a test, on a database of its own. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Event_Status } from "#gen/signal/v1/event";
import {
  type Series,
  Series_Aggregation,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  SeriesSchema,
  Unit,
} from "#gen/signal/v1/series";
import { type FeedKey, importFeedKey } from "../../src/env.ts";
import { type RunReport, run } from "../../src/ingest/run.ts";
import type { Said } from "../../src/ingest/said.ts";
import type { Registry } from "../../src/series/registry.ts";
import type { EventReading, Reading } from "../../src/source/source.ts";
import { inTransaction } from "../../src/store/postgres.ts";
import type { TestDatabase } from "./database.ts";

/** A series for tests: a price of 8 decimals from one source, unless told otherwise. */
export function seriesOf(id: string, changes: MessageInitShape<typeof SeriesSchema> = {}): Series {
  return create(SeriesSchema, {
    name: `series/${id}`,
    id,
    kind: Series_Kind.GAUGE,
    unit: Unit.USD,
    decimals: 8,
    heartbeat: durationFromMs(60_000),
    maxTransportAge: durationFromMs(300_000),
    maxContentAge: durationFromMs(900_000),
    minSources: 1,
    aggregation: Series_Aggregation.SINGLE,
    trustTier: Series_TrustTier.TRADED,
    licenceClass: Series_LicenceClass.DERIVED,
    sources: ["a"],
    ...changes,
  });
}

/** A series of events, listed by any of three sources. */
export const quakeSeries = seriesOf("natural.quake@v1", {
  kind: Series_Kind.EVENT,
  unit: Unit.MAGNITUDE,
  decimals: 2,
  trustTier: Series_TrustTier.OFFICIAL,
  licenceClass: Series_LicenceClass.PUBLIC,
  sources: ["a", "b", "c"],
});

/** A registry of the given series. */
export function registryOf(...series: readonly Series[]): Registry {
  return new Map(
    [...series].sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => [one.id, one] as const),
  );
}

/** What a source says: values by series, observed a second before it was asked. */
export function says(
  source: string,
  fetchMs: number,
  values: Readonly<Record<string, string | undefined>>,
  changes: Partial<Said> = {},
): Said {
  const readings = Object.entries(values).map(
    ([series, value]): Reading => ({ series, value, observeMs: fetchMs - 1000, qualities: [] }),
  );
  return {
    source,
    fetchMs,
    series: Object.keys(values),
    evidence: new Uint8Array(32).fill(source.charCodeAt(0)),
    readings,
    events: [],
    ...changes,
  };
}

/** What a source says of an event: an earthquake of magnitude 7, confirmed. */
export function eventOf(series: string, id: string, occurMs: number, changes = {}): EventReading {
  return {
    series,
    ids: [id],
    status: Event_Status.CONFIRMED,
    type: "earthquake",
    severityBps: 0,
    magnitude: "7",
    occurMs,
    place: undefined,
    attributes: {},
    ...changes,
  };
}

let key: Promise<FeedKey> | undefined;

/** A feed's key, the same for all tests of a file. */
export function testFeedKey(): Promise<FeedKey> {
  key ??= (async () => {
    const pair = (await crypto.subtle.generateKey("Ed25519", true, [
      "sign",
      "verify",
    ])) as CryptoKeyPair;
    const pkcs8 = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
    return importFeedKey(Buffer.from(pkcs8).toString("base64"));
  })();
  return key;
}

/** Runs once, in a transaction and over a connection of its own. */
export async function runOnce(
  database: TestDatabase,
  registry: Registry,
  nowMs: number,
  said: readonly Said[],
): Promise<RunReport> {
  const deps = { registry, nowMs, periodMs: 60_000, feedKey: await testFeedKey() };
  return database.open((sql) => inTransaction(sql, () => run(sql, deps, said)));
}
