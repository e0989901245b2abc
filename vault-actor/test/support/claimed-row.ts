/** Writes the record of a vault that its account's Ethereum key claimed. */
import { insertVault } from "../../src/identity/vault-store.ts";
import type { Database } from "../../src/storage/database.ts";

/** Writes it, as claimed at `createdMs`. */
export function insertClaimed(db: Database, vaultId: string, createdMs: number): void {
  insertVault(
    db,
    {
      vaultId,
      rootKind: "EOA",
      deploySalt: "",
      deployPasskeyId: "",
      identityKeyId: "",
      authorityEpoch: 1,
      version: 1,
      freeze: undefined,
      createdMs,
      claimEpoch: 1,
      rootOwner: vaultId,
      rootCode: undefined,
      provisionalMs: undefined,
      floorMs: 0,
      generation: 0,
      restoredMs: undefined,
    },
    { id: vaultId, kind: "EOA", role: "OWNER" },
  );
}
