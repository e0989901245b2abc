/** `metavault export-audit`: writes a vault's whole ledger, with its proofs, into a file. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { exportAudit } from "../audit/export-audit.ts";
import { createVaultClient } from "../vault-client.ts";
import { type Command, UsageError } from "./command.ts";
import { readKeyFile } from "./key-file.ts";

/** The command. The key needs the scope vault.read. */
export const exportCommand: Command = {
  usage:
    "export-audit --api <origin> --vault <caip10> --key <key.pem> --attestation <key id> --out <file>",
  async run(args, { out }) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        api: { type: "string" },
        vault: { type: "string" },
        key: { type: "string" },
        attestation: { type: "string", multiple: true },
        out: { type: "string" },
      },
    });
    const { api, vault, key, attestation, out: file } = values;
    if (!api || !vault || !key || !attestation || !file) {
      throw new UsageError("all of its options are needed");
    }
    const signer = await readKeyFile(key);
    const client = createVaultClient(api, {
      vaultId: vault,
      signer,
      attestationKeyIds: attestation,
    });
    // Beside it until it is whole, so that half an export never looks like one.
    const partial = `${file}.partial`;
    const stream = createWriteStream(partial, { flags: "w" });
    try {
      let lines = 0;
      for await (const line of exportAudit(client, vault)) {
        lines += 1;
        if (!stream.write(line)) await once(stream, "drain");
      }
      stream.end();
      await once(stream, "finish");
      await rename(partial, file);
      out(`${lines - 2} entries written to ${file}; check it: metavault verify-audit ${file}`);
      return 0;
    } catch (error) {
      stream.destroy();
      await rm(partial, { force: true });
      throw error;
    }
  },
};
