import { expect, test } from "vitest";
import { reasonOf } from "#protocol/errors";
import { generateEd25519Signer } from "#protocol/proof/signer";
import { NodeVault } from "../../test/support/node-vault.ts";
import { claim } from "../../test/support/node-vault-acts.ts";
import { readHead } from "../notary/store.ts";

const outcome = (call: Promise<unknown>) => call.then(() => "ok", reasonOf);

test("no checkpoint is given of what the notary does not hold", async () => {
  const vault = new NodeVault();
  const signer = await generateEd25519Signer();
  await claim(vault, signer);
  const { vault: api } = vault.clientOf(signer);
  const parent = vault.name;
  const freeze = { name: vault.name, requestId: crypto.randomUUID(), reason: "a test" };

  vault.line = "down";
  // What it holds already may be told; what it could not be told of may not.
  expect((await api.getCheckpoint({ parent })).checkpoint?.size).toBe(1n);
  expect(await outcome(api.freezeVault(freeze))).toBe("UNAVAILABLE");
  expect(readHead(vault.db).sequence).toBe(2);
  expect(await outcome(api.getCheckpoint({ parent }))).toBe("UNAVAILABLE");
  expect(await outcome(api.exportAudit({ parent }))).toBe("UNAVAILABLE");

  vault.line = "up";
  expect((await api.getCheckpoint({ parent })).checkpoint?.size).toBe(2n);
  const { entries } = await api.exportAudit({ parent, afterSequence: 1n });
  expect(entries.map(({ sequence }) => sequence)).toEqual([2n]);
  // Past the end there is nothing, and still a checkpoint.
  const past = await api.exportAudit({ parent, afterSequence: 2n ** 63n });
  expect(past.entries).toEqual([]);
  expect(past.checkpoint?.size).toBe(2n);
});
