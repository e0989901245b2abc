/**
 * Gives out what others check the ledger with: signed checkpoints, and the entries with the proofs
 * of their calls. What the notary does not hold is not given out: a restore could take it back.
 */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { refuse } from "#protocol/failure";
import { checkpointOrigin, type LedgerHead, signCheckpoint } from "#protocol/ledger/checkpoint";
import { genesisHash } from "#protocol/ledger/entry-hash";
import type { Vault } from "../identity/vault.ts";
import { list, listProved } from "../ledger/store.ts";
import { toProvedEntry } from "../ledger/wire.ts";
import type { Database } from "../storage/database.ts";
import type { Call } from "./call.ts";
import type { Certifier } from "./certifier.ts";
import { callOf, orThrow, ownName } from "./context.ts";

/** What the methods need. */
export type AuditDeps = {
  readonly db: Database;
  readonly vault: () => Vault | undefined;
  readonly identity: () => Promise<CryptoKey>;
  readonly certifier: Certifier;
  /** Has the notary hold everything that is committed by now. False when it could not. */
  readonly secure: () => Promise<boolean>;
};

const defaultPage = 200;

/** The methods of the audit. */
export function auditMethods(
  deps: AuditDeps,
): Pick<ServiceImpl<typeof VaultService>, "getCheckpoint" | "exportAudit"> {
  const { db } = deps;

  /** Where the ledger stands, once the notary holds it. What comes meanwhile is not in it. */
  const notedHead = async (): Promise<LedgerHead> => {
    const last = list(db, Number.MAX_SAFE_INTEGER, 1)[0];
    if (!(await deps.secure())) {
      return orThrow<LedgerHead>(refuse("UNAVAILABLE", "the vault's notary does not answer"));
    }
    return { size: last?.sequence ?? 0, head: last?.hash ?? genesisHash };
  };

  const checkpoint = async (call: Call, at: LedgerHead) => {
    const keyId = deps.vault()?.identityKeyId ?? "";
    const note = await signCheckpoint(call.vaultId, at, { keyId, key: await deps.identity() });
    return {
      origin: checkpointOrigin(call.vaultId),
      size: BigInt(at.size),
      head: at.head,
      time: timestampFromMs(call.nowMs),
      note,
    };
  };

  return {
    async getCheckpoint(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      return { checkpoint: await checkpoint(call, await notedHead()) };
    },

    async exportAudit(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const at = await notedHead();
      const limit = request.pageSize === 0 ? defaultPage : request.pageSize;
      // A number past the end of any ledger is past the end of this one.
      const after = Number(request.afterSequence);
      const entries = listProved(db, after, at.size, limit);
      return {
        entries: entries.map((entry) => toProvedEntry(call.vaultId, entry)),
        checkpoint: await checkpoint(call, at),
        certificate: await deps.certifier.vault(call.nowMs),
      };
    },
  };
}
