/** The end of the story: the vault's ledger, exported by its device and checked without a network. */
import { exportAudit } from "#client/audit/export-audit";
import { linesOf } from "#client/audit/lines";
import { verifyAudit } from "#client/audit/verify-audit";
import type { LiveVault } from "../scenario/vault.ts";

/** Exports and checks; throws when anything is found. Returns what was checked, in words. */
export async function auditOf({ client, owner, stack }: LiveVault): Promise<string> {
  const exported: Uint8Array[] = [];
  for await (const line of exportAudit(client, owner.vaultId)) {
    exported.push(new TextEncoder().encode(line));
  }
  const { verified, problems, entries, calls, head } = await verifyAudit(linesOf(exported), {
    trust: [stack.secrets.attestationKeyId],
  });
  if (!verified) throw new Error(`the export is not right: ${JSON.stringify(problems)}`);
  return `${entries} entries, ${calls} of them proved by a call's signature; head ${head}`;
}
