/** Strangers who call vaults that nobody claimed, by the thousand: nothing may be stored. */

import { signRequest } from "#protocol/proof/sign";
import { generateEd25519Signer } from "#protocol/proof/signer";
import { claimVault } from "../../scenario/vault.ts";
import type { Attacker, Tried } from "../score.ts";
import { cellsOf, cellText, passOne, unsigned } from "../stage/cells.ts";
import { databaseFiles, tablesOf, withDatabase } from "../stage/storage.ts";
import { sampleOf } from "../surface/sample.ts";

const many = { whole: 2_000, fast: 100 } as const;

/** The attacker. */
export const massCreation: Attacker = {
  name: "mass creation",
  async run(stage, score, breadth) {
    const { stack, rpcs } = stage;
    const signer = await generateEd25519Signer();
    const cells = cellsOf(rpcs, "fast");
    const refusedFor = ["VAULT_UNCLAIMED", "OWNER_PROOF_REJECTED"] as const;
    const before = writtenTo(databaseFiles(stack));
    const tried: Tried[] = [];
    const ids = Array.from({ length: many[breadth] }, (_, i) => i);
    const callOne = async (i: number) => {
      const cell = cells[i % cells.length];
      if (cell === undefined) throw new Error("no RPCs");
      const address = Buffer.from(crypto.getRandomValues(new Uint8Array(20))).toString("hex");
      const vaultId = `eip155:31337:0x${address}`;
      const facts = { ...stage.facts, vaultId, epoch: 0n, nowMs: Date.now() };
      const message = sampleOf(cell.rpc.method.input, facts) as never;
      const request = await signRequest(unsigned(stage, cell.rpc, cell.protocol, message), {
        signer,
        vaultId,
        nowMs: Date.now(),
      });
      const outcome = await passOne(stage, request);
      const attempt = `an unclaimed vault, ${cellText(cell)}`;
      tried.push({ attempt, outcome, expected: { refusedFor } });
    };
    const lane = async () => {
      for (let i = ids.pop(); i !== undefined; i = ids.pop()) await callOne(i);
    };
    await Promise.all(Array.from({ length: 8 }, lane));
    const written = writtenTo(databaseFiles(stack)).filter((file) => !before.includes(file));
    score.volley(
      tried,
      written.map((file) => `tables in ${file.slice(-20)}`),
    );
    // The platform opens an empty file for an object that is called; a claim writes into one.
    const claimed = await claimVault(stack, "1").then(() => "served" as const);
    const writes = writtenTo(databaseFiles(stack)).length - before.length - written.length;
    score.control("a rightful claim writes one", {
      ...(writes === 1
        ? { kind: claimed, body: "", headers: new Headers() }
        : { kind: "untyped", what: `${writes} were written` }),
    });
  },
};

/** The databases that hold anything at all. */
function writtenTo(files: readonly string[]): readonly string[] {
  return files.filter((file) => withDatabase(file, true, (db) => tablesOf(db).length > 0));
}
