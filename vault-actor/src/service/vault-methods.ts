/** Reads the vault. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { readVault } from "../identity/vault-store.ts";
import { toVaultMessage } from "../identity/wire.ts";
import { readPolicy } from "../policy/store.ts";
import type { Database } from "../storage/database.ts";
import { callOf, ownName } from "./context.ts";

/** The methods of the vault itself. */
export function vaultMethods(deps: {
  readonly db: Database;
}): Pick<ServiceImpl<typeof VaultService>, "getVault"> {
  return {
    getVault(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      return vaultAnswer(deps.db, call.nowMs);
    },
  };
}

/** The vault as it is now, for an answer. */
export function vaultAnswer(db: Database, nowMs: number) {
  const vault = readVault(db);
  if (vault === undefined) throw new Error("a claimed vault has no record");
  return { vault: toVaultMessage(vault, readPolicy(db).version, nowMs) };
}
