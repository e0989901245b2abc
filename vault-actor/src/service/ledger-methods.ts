/** Lists the ledger. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { list } from "../ledger/store.ts";
import { toLedgerEntry } from "../ledger/wire.ts";
import type { Database } from "../storage/database.ts";
import { callOf, orThrow, ownName } from "./context.ts";
import { nextPageToken, parsePage } from "./page.ts";

/** The methods of the ledger. */
export function ledgerMethods(deps: {
  readonly db: Database;
}): Pick<ServiceImpl<typeof VaultService>, "listLedgerEntries"> {
  return {
    listLedgerEntries(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const page = orThrow(parsePage("ledgerEntries", request));
      const rows = list(deps.db, page.beforeSequence, page.size);
      return {
        ledgerEntries: rows.map((row) => toLedgerEntry(call.vaultId, row)),
        nextPageToken: nextPageToken("ledgerEntries", rows, page.size),
      };
    },
  };
}
