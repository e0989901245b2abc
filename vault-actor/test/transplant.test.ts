/** What is taken from one vault's storage is worth nothing in another's, in workerd. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { reasonOf } from "#protocol/errors";
import { claimedVault, type TestVault } from "./support/claimed-vault.ts";
import { activeSession } from "./support/test-session.ts";

type Rows = Readonly<Record<"data_key" | "secret", readonly Record<string, SqlStorageValue>[]>>;

const keysOf = (vault: TestVault): Promise<Rows> =>
  runInDurableObject(vault.stub, (_object, { storage: { sql } }) => ({
    data_key: sql.exec("SELECT * FROM data_key").toArray(),
    secret: sql.exec("SELECT * FROM secret").toArray(),
  }));

/** Puts rows in the place of a vault's own, and has it wake anew. */
async function plant(vault: TestVault, rows: Rows): Promise<void> {
  await runInDurableObject(vault.stub, (_object, { storage: { sql } }) => {
    for (const table of ["data_key", "secret"] as const) {
      sql.exec(`DELETE FROM ${table}`);
      for (const row of rows[table]) {
        const marks = Object.keys(row).map(() => "?");
        sql.exec(`INSERT INTO ${table} VALUES (${marks.join(", ")})`, ...Object.values(row));
      }
    }
  });
  await evictDurableObject(vault.stub);
}

const reason = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => reasonOf(error) ?? "no typed reason",
  );

test("another vault's sealed keys open nothing, whole or in part; one's own open again", async () => {
  const [vault, other] = [await claimedVault(), await claimedVault()];
  await activeSession(vault);
  await activeSession(other);
  const [own, foreign] = [await keysOf(vault), await keysOf(other)];
  const read = () => reason(vault.client.vault.getVault({ name: vault.name }));
  const freeze = () =>
    reason(vault.client.vault.freezeVault({ name: vault.name, requestId: crypto.randomUUID() }));
  for (const rows of [
    foreign,
    { data_key: foreign.data_key, secret: own.secret },
    { data_key: own.data_key, secret: foreign.secret },
  ]) {
    await plant(vault, rows);
    expect(await read()).not.toBe("ok");
    expect(await freeze()).not.toBe("ok");
  }
  await plant(vault, own);
  expect(await read()).toBe("ok");
  const { vault: record } = await vault.client.vault.getVault({ name: vault.name });
  expect(record?.freeze).toBeUndefined();
});
