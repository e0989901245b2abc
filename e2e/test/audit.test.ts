/**
 * The audit of a vault on the whole system: exported through the gateway with the command line,
 * checked without a network; whoever edits the file, or the vault's own storage, is found out.
 */
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditReport } from "#client/audit/problem";
import { readKeyFile } from "#client/cli/key-file";
import { Scope } from "#gen/access/v1/access";
import { Execution_State } from "#gen/vault/v1/execution";
import { grantKey } from "../scenario/keys.ts";
import { setPolicy } from "../scenario/policy.ts";
import { createSession, installSession } from "../scenario/session.ts";
import { claimVault, type LiveVault, requestId, swapIntent } from "../scenario/vault.ts";
import { waitForExecution } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
let vault: LiveVault;
const folder = mkdtempSync(join(tmpdir(), "metavault-audit-"));
const keyFile = join(folder, "key.pem");
const file = join(folder, "audit.ndjson");

/** Runs the command line. */
function metavault(...args: readonly string[]) {
  return new Promise<{ code: number; out: string; err: string }>((done) => {
    execFile(process.execPath, ["client/cli/main.ts", ...args], (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const exportTo = (out: string) =>
  metavault(
    "export-audit",
    ...["--api", stack.baseUrl, "--vault", vault.owner.vaultId, "--key", keyFile],
    ...["--attestation", stack.secrets.attestationKeyId, "--out", out],
  );

async function verify(path: string, ...more: readonly string[]) {
  const trust = ["--trust", stack.secrets.attestationKeyId];
  const { code, out } = await metavault("verify-audit", path, "--json", ...trust, ...more);
  return { code, report: JSON.parse(out) as AuditReport };
}

beforeAll(async () => {
  stack = await startStack({ name: "audit", persistent: false, progress: () => {} });
  vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  await installSession(vault, await createSession(vault), "6");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
  const { keyId } = await readKeyFile(keyFile);
  await grantKey(vault, { keyId, scopes: [Scope.VAULT_READ] });
  const swap = (ether: string) =>
    vault.client.vault.submitIntent({
      parent: vault.name,
      requestId: requestId(),
      intent: swapIntent(stack, { ether }),
    });
  await swap("2");
  await swap("100").catch(() => {});
  await waitForExecution(vault, (e) => e.state === Execution_State.FINAL);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

describe("an export", () => {
  test("is written and verified", async () => {
    expect(await exportTo(file)).toMatchObject({ code: 0 });
    const { code, report } = await verify(file);
    expect(report.problems).toEqual([]);
    expect(code).toBe(0);
    // The claim, the policy, the session and its permission, the grant, an intent and a refusal.
    expect(report).toMatchObject({ verified: true, trusted: "attestation", calls: 7 });
    expect(report.entries).toBeGreaterThan(report.calls);
    const kinds = readFileSync(file, "utf8").match(/"kind":"[A-Z_]+"/g) ?? [];
    for (const kind of ["INTENT_ACCEPTED", "INTENT_REFUSED", "OPERATION_SETTLED"]) {
      expect(kinds).toContain(`"kind":"${kind}"`);
    }
    const people = await metavault("verify-audit", file);
    expect(people).toMatchObject({ code: 0, out: expect.stringContaining("\nverified\n") });
  });

  test("that was edited is found out, and says where", async () => {
    const lines = readFileSync(file, "utf8").split("\n");
    const edited = join(folder, "edited.ndjson");
    const at = lines.findIndex((line) => line.includes('"kind":"INTENT_REFUSED"'));
    const sequence = JSON.parse(lines[at] ?? "").sequence;
    const write = (changed: readonly string[]) => writeFileSync(edited, changed.join("\n"));
    write(lines.map((line, i) => (i === at ? line.replace("LIMIT_EXCEEDED", "ALLOWED") : line)));
    const altered = await verify(edited);
    expect(altered.code).toBe(1);
    expect(altered.report.problems).toMatchObject([{ code: "hash_wrong", sequence }]);
    write(lines.filter((_, i) => i !== at));
    expect((await verify(edited)).report.problems).toMatchObject([
      { code: "entry_missing", sequence: sequence + 1 },
      { code: "link_broken", sequence: sequence + 1 },
    ]);
    write(lines.slice(0, -3));
    expect((await verify(edited)).code).toBe(1);
    const stranger = await metavault(
      "verify-audit",
      file,
      "--trust",
      (await readKeyFile(keyFile)).keyId,
    );
    expect(stranger.code).toBe(1);
  });

  test("of a vault whose storage was edited is found out", async () => {
    const { checkpoint } = await vault.client.vault.getCheckpoint({ parent: vault.name });
    const note = join(folder, "note.txt");
    writeFileSync(note, checkpoint?.note ?? "");
    await stack.kill(["workerd"]);
    const folderOf = join(stack.instance.folder, "objects", "metavault");
    const files = readdirSync(folderOf, { recursive: true, encoding: "utf8" });
    let changed = 0;
    for (const path of files.filter((path) => path.endsWith(".sqlite"))) {
      const db = new DatabaseSync(join(folderOf, path));
      const tables = db.prepare("SELECT name FROM sqlite_master WHERE name = 'ledger'").all();
      if (tables.length > 0) {
        const forged = `UPDATE ledger SET facts = replace(facts, 'LIMIT_EXCEEDED', 'ALLOWED')
          WHERE kind = 'INTENT_REFUSED'`;
        changed += Number(db.prepare(forged).run().changes);
      }
      db.close();
    }
    expect(changed).toBe(1);
    await stack.restart();
    const after = join(folder, "after.ndjson");
    expect(await exportTo(after)).toMatchObject({ code: 0 });
    const { code, report } = await verify(after, "--checkpoint", note);
    expect(code).toBe(1);
    expect(report.problems.map((problem) => problem.code)).toEqual(["hash_wrong"]);
    expect((await verify(file, "--checkpoint", note)).report.verified).toBe(true);
  });
});
