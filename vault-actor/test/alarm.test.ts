/** The alarm, in workerd: it works when the world does not, and never gives up. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { reasonOf } from "#protocol/errors";
import { claimedVault, type TestVault } from "./support/claimed-vault.ts";

const alarmOf = (vault: TestVault) =>
  runInDurableObject(vault.stub, (_object, state) => state.storage.getAlarm());

const jobsOf = (vault: TestVault) =>
  runInDurableObject(vault.stub, (_object, { storage: { sql } }) =>
    sql
      .exec<{ kind: string }>("SELECT kind FROM job ORDER BY kind")
      .toArray()
      .map(({ kind }) => kind),
  );

test("without a trigger a vault wakes to forget, and then once a month to look after its keys", async () => {
  const vault = await claimedVault();
  expect(await alarmOf(vault)).toBeGreaterThan(Date.now() + 500_000);
  await runInDurableObject(vault.stub, (_object, { storage: { sql } }) => {
    for (const table of ["nonce", "request", "act"]) sql.exec(`UPDATE ${table} SET until_ms = 1`);
    sql.exec("UPDATE job SET due_ms = 0");
  });
  await runDurableObjectAlarm(vault.stub);
  const left = await runInDurableObject(vault.stub, (_object, { storage: { sql } }) =>
    ["nonce", "request", "act"].map((table) => sql.exec(`SELECT * FROM ${table}`).toArray()),
  );
  expect(left).toEqual([[], [], []]);
  expect(await jobsOf(vault)).toEqual(["renew"]);
  expect(await alarmOf(vault)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
});

test("a trigger can't be made while signals are unknown, and nothing is written", async () => {
  const vault = await claimedVault();
  const call = vault.client.triggers.createTrigger({
    parent: vault.name,
    requestId: crypto.randomUUID(),
    trigger: {
      displayName: "x",
      condition: {
        test: {
          case: "signalThreshold",
          value: {
            series: "market.price.eth.usd@v1",
            unit: 1,
            comparator: 1,
            value: "1",
            maxAge: { seconds: 60n },
          },
        },
      },
      intent: {
        chain: "eip155:31337",
        action: {
          action: {
            case: "call",
            value: { target: `eip155:31337:0x${"1".repeat(40)}`, value: "0" },
          },
        },
      },
    },
  });
  expect(await call.then(() => "ok", reasonOf)).toBe("SIGNALS_UNAVAILABLE");
  expect(await jobsOf(vault)).toEqual(["forget", "renew"]);
});

test("an alarm with work that fails arms the next one, later and later, and does not throw", async () => {
  const vault = await claimedVault();
  await runInDurableObject(vault.stub, async (_object, state) => {
    state.storage.sql.exec(
      `INSERT INTO trigger_rule (trigger_id, sequence, state, body, version, armed, fire_count,
        last_fire_ms, last_verdict, creator_key_id, created_ms, updated_ms)
       VALUES ('t', 1, 'ACTIVE', x'', 1, 1, 0, NULL, 'UNSPECIFIED', 'k', 0, 0)`,
    );
    state.storage.sql.exec("INSERT INTO job VALUES ('watch', '', 0, 0)");
    await state.storage.setAlarm(Date.now() + 60_000);
  });
  const delays: number[] = [];
  for (let i = 0; i < 3; i++) {
    await runInDurableObject(vault.stub, (_object, state) => {
      state.storage.sql.exec("UPDATE job SET due_ms = 0");
    });
    expect(await runDurableObjectAlarm(vault.stub)).toBe(true);
    delays.push(((await alarmOf(vault)) ?? 0) - Date.now());
  }
  expect(delays[0]).toBeGreaterThan(100);
  expect(delays[2]).toBeGreaterThan(delays[0] ?? 0);
});

test("a call arms an alarm that was lost", async () => {
  const vault = await claimedVault();
  await runInDurableObject(vault.stub, async (_object, state) => {
    state.storage.sql.exec("INSERT INTO job VALUES ('watch', '', 0, 0)");
    await state.storage.deleteAlarm();
  });
  // What the object remembers of its alarm goes with it.
  await evictDurableObject(vault.stub);
  await vault.client.vault.getVault({ name: vault.name });
  expect(await alarmOf(vault)).not.toBeNull();
});
