/** Pulls a vault's whole ledger with its proofs, and writes it as an export's lines. */
import { vaultName } from "#protocol/names";
import type { VaultClient } from "../vault-client.ts";
import { encodeCheckpoint, encodeEntry, encodeHead, fromLedgerEntry } from "./audit-file.ts";

/**
 * Gives the lines of the file one by one, each with its end. Entries that come meanwhile are in it.
 * Fails as the calls do. What it gives is not checked: `verifyAudit` does that.
 */
export async function* exportAudit(
  client: Pick<VaultClient, "vault">,
  vaultId: string,
  pageSize = 0,
): AsyncGenerator<string> {
  const parent = vaultName(vaultId);
  let afterSequence = 0n;
  for (;;) {
    const answer = await client.vault.exportAudit({ parent, afterSequence, pageSize });
    if (afterSequence === 0n) {
      yield `${encodeHead({ vault: vaultId, certificate: answer.certificate })}\n`;
    }
    for (const entry of answer.entries) yield `${encodeEntry(fromLedgerEntry(entry))}\n`;
    const { size = 0n, note = "" } = answer.checkpoint ?? {};
    const reached = answer.entries.at(-1)?.sequence ?? afterSequence;
    if (reached >= size || answer.entries.length === 0) {
      yield `${encodeCheckpoint(note)}\n`;
      return;
    }
    afterSequence = reached;
  }
}
