import { describe, expect, test } from "vitest";
import { keksOf, keyringOf, sealedVault, vaultId } from "../../test/support/test-keyring.ts";
import type { Database } from "../storage/database.ts";
import { createWake, retryMs } from "./wake.ts";

/** A vault that wakes in a deployment with KEKs of these versions. */
function deployed(db: Database, ...versions: readonly number[]) {
  const faults: string[] = [];
  let nowMs = 1_000_000;
  let asked = 0;
  const wake = createWake({
    db,
    vaultId: () => vaultId,
    keks: () => {
      asked += 1;
      return keksOf(...versions);
    },
    identity: () => keyringOf(db, versions).identity(),
    now: () => nowMs,
    onFault: (fault) => faults.push(fault instanceof Error ? fault.message : String(fault)),
  });
  const wait = (ms: number) => {
    nowMs += ms;
  };
  return { wake, wait, faults, asked: () => asked };
}

const kekOf = (db: Database) => db.one("SELECT kek_version FROM data_key")?.kek_version;

describe("a wake", () => {
  test("moves the vault to the current KEK, and then costs nothing", async () => {
    const { db } = await sealedVault("a");
    const { wake, asked, faults } = deployed(db, 1, 2);
    expect(await Promise.all([wake(), wake(), wake()])).toEqual([true, true, true]);
    expect(kekOf(db)).toBe(2);
    const before = asked();
    expect(await wake()).toBe(true);
    expect(asked()).toBe(before);
    expect(faults).toEqual([]);
    expect(await deployed(db, 2).wake()).toBe(true);
  });

  test("without the vault's KEK nothing opens and nothing changes; with it again it goes on", async () => {
    const { db } = await sealedVault("a");
    const stored = () => [db.all("SELECT * FROM data_key"), db.all("SELECT * FROM secret")];
    const before = stored();
    const { wake, wait, faults } = deployed(db, 3, 4);
    expect(await wake()).toBe(false);
    expect(await wake()).toBe(false);
    expect(faults).toEqual(["sealed under KEK version 1; this deployment has 3, 4"]);
    wait(retryMs);
    expect(await wake()).toBe(false);
    expect(faults).toHaveLength(2);
    expect(stored()).toEqual(before);
    expect(await deployed(db, 1, 2).wake()).toBe(true);
    expect(kekOf(db)).toBe(2);
  });

  test("a move that fails is told and tried again, while the old KEK goes on to serve", async () => {
    const { db } = await sealedVault("a");
    const { epoch } = db.one<{ epoch: number }>("SELECT epoch FROM secret") ?? { epoch: 0 };
    db.run("UPDATE secret SET epoch = 9 WHERE secret_id = 'session:a'");
    const { wake, wait, faults } = deployed(db, 1, 2);
    expect(await wake()).toBe(true);
    expect(await wake()).toBe(true);
    expect(faults).toHaveLength(1);
    expect(kekOf(db)).toBe(1);
    db.run("UPDATE secret SET epoch = ? WHERE secret_id = 'session:a'", epoch);
    wait(retryMs);
    expect(await wake()).toBe(true);
    expect(kekOf(db)).toBe(2);
  });
});
