/** The overview on a real PostgreSQL: who may read it, and what it says. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { createOperatorClient } from "#client/operator-client";
import { SourceHealth_State } from "#gen/signal/v1/overview_messages";
import { SignalService } from "#gen/signal/v1/signal_service";
import { TelemetryFact_Kind } from "#gen/signal/v1/telemetry";
import { reasonOf } from "#protocol/errors";
import { generateEd25519Signer, type Signer } from "#protocol/proof/signer";
import { serve } from "#protocol/serve";
import { createFrontDoor } from "../src/front-door.ts";
import { overviewMethod } from "../src/service/overview-method.ts";
import { createCatalog } from "../src/source/catalog/catalog.ts";
import { migrate } from "../src/store/migrate.ts";
import { inTransaction } from "../src/store/postgres.ts";
import { storeBatches } from "../src/store/telemetry-store.ts";
import { createDatabase, type TestDatabase } from "./support/database.ts";

const origin = "https://api.metavault.example";
const minuteMs = 60_000;
let database: TestDatabase;
let operator: Signer;
beforeEach(async () => {
  database = await createDatabase();
  operator = await generateEd25519Signer();
  await database.open((sql) => inTransaction(sql, () => migrate(sql)));
});
afterEach(() => database.drop());

function clientOf(signer: Signer, publishers: readonly string[] = []) {
  const method = overviewMethod({
    database: database.open,
    catalog: createCatalog({} as never),
    pace: 1,
    now: Date.now,
  });
  const door = createFrontDoor({
    handle: serve((router) => router.service(SignalService, method), {
      enforcer: "SIGNALS",
      onFault: (fault) => {
        throw fault;
      },
    }),
    origins: new Set([origin]),
    enrolled: { publishers: new Set(publishers), operators: new Set([operator.keyId]) },
    now: Date.now,
  });
  return createOperatorClient(origin, {
    signer,
    fetch: (url, init) => door(new Request(url, init)),
  });
}

const tell = (n: number, agoMs: number) => {
  const at = Math.floor((Date.now() - agoMs) / minuteMs) * minuteMs;
  const fact = { minuteMs: at, kind: TelemetryFact_Kind.PULL, outcome: "ok", latencyBuckets: [] };
  const batch = {
    id: new Uint8Array(16).fill(n),
    minuteMs: at,
    facts: [{ ...fact, count: BigInt(n) }],
  };
  return database.open((sql) => storeBatches(sql, [batch], Date.now()));
};

test("an operator sees every source, and what was told in the window", async () => {
  await tell(1, 0);
  await tell(2, 50 * minuteMs);
  await tell(4, 90 * minuteMs);
  const client = clientOf(operator);
  const overview = await client.overview();
  expect(overview.round).toBe(0n);
  expect(overview.publishTime).toBeUndefined();
  expect(overview.sources.length).toBeGreaterThan(2);
  expect(overview.sources.map(({ source }) => source)).toEqual(
    overview.sources.map(({ source }) => source).sort(),
  );
  expect(new Set(overview.sources.map(({ state }) => state))).toEqual(
    new Set([SourceHealth_State.OFF]),
  );
  expect(overview.sources.every(({ reason }) => reason !== "")).toBe(true);
  expect(overview.facts.map(({ count }) => count)).toEqual([3n]);
  expect(overview.batches).toBe(2n);
  const longer = await client.overview(120 * minuteMs);
  expect(longer.facts.map(({ count }) => count)).toEqual([7n]);
  const shorter = await client.overview(minuteMs);
  expect(shorter.facts.map(({ count }) => count)).toEqual([1n]);
});

test.each([
  [59_999, "FIELD_INVALID"],
  [31 * 86_400_000 + 1, "FIELD_INVALID"],
])("a window of %d ms is refused", async (windowMs, reason) => {
  const refusal = await clientOf(operator).overview(windowMs).catch(reasonOf);
  expect(refusal).toBe(reason);
});

test("nobody else sees anything", async () => {
  const publisher = await generateEd25519Signer();
  const stranger = await generateEd25519Signer();
  const asked = (signer: Signer) => clientOf(signer, [publisher.keyId]).overview().catch(reasonOf);
  expect(await asked(publisher)).toBe("SCOPE_MISSING");
  expect(await asked(stranger)).toBe("PROOF_REJECTED");
});
