/** Reads out of the vault's tables what its notary is to hold. */
import { bytesToHex, type Hex } from "viem";
import { openOperations } from "../execution/restore-store.ts";
import { readAuthority, readVault } from "../identity/vault-store.ts";
import { list, newestOf } from "../ledger/store.ts";
import { recentSpends } from "../policy/spend-store.ts";
import type { Database } from "../storage/database.ts";
import { remember } from "../storage/remember.ts";
import type { History } from "./compare.ts";
import { condense } from "./condense.ts";
import type { Head, HeldOperation, Hold, Note } from "./note.ts";
import { fromFacts } from "./restored-facts.ts";

/** Where the vault's history stands. The vault must be claimed. */
export function readHead(db: Database): Head {
  return remembered(db, "");
}

const remembered = remember((db): Head => {
  const vault = readVault(db);
  const last = list(db, Number.MAX_SAFE_INTEGER, 1)[0];
  if (vault === undefined || last === undefined) throw new Error("the vault is not claimed");
  return {
    claimEpoch: vault.claimEpoch,
    generation: vault.generation,
    sequence: last.sequence,
    root: bytesToHex(last.hash),
  };
});

/** The vault's history, to be compared. */
export function readHistory(db: Database): History {
  return {
    head: readHead(db),
    rootAt: (sequence) => rootAt(db, sequence),
    reconciledWith: () => {
      const entry = newestOf(db, "VAULT_RESTORED");
      return entry === undefined ? undefined : fromFacts(entry.facts);
    },
  };
}

/** The vault's note of this moment. */
export function readNote(db: Database, nowMs: number): Note {
  const vaultId = readVault(db)?.vaultId ?? "";
  const authority = readAuthority(db);
  return { vaultId, head: readHead(db), authority, holds: condense(readHolds(db, nowMs)) };
}

/** Every operation that counts against the limits, one by one. */
function readHolds(db: Database, nowMs: number): readonly Hold[] {
  const operations = new Map<string, HeldOperation>(
    openOperations(db).map(({ executionId, sender, nonce, hash }) => [
      executionId,
      { sender, nonce, hash },
    ]),
  );
  const holds = new Map<string, Hold & { readonly amounts: Map<string, bigint> }>();
  for (const spend of recentSpends(db, nowMs)) {
    if (spend.state === "RELEASED") continue;
    const { executionId, keyId, triggerId, atMs } = spend;
    const hold = holds.get(executionId) ?? {
      executionId,
      keyId,
      triggerId,
      operation: operations.get(executionId),
      amounts: new Map<string, bigint>(),
      atMs,
      operations: 1,
    };
    hold.amounts.set(spend.asset, spend.settled ?? spend.reserved);
    holds.set(executionId, hold);
  }
  return [...holds.values()];
}

function rootAt(db: Database, sequence: number): Hex | undefined {
  const entry = list(db, sequence + 1, 1)[0];
  return entry?.sequence === sequence ? bytesToHex(entry.hash) : undefined;
}
