/** A client in bash, openssl and curl makes signed calls that the running stack accepts. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import { grantKey, revokeKey } from "../scenario/keys.ts";
import { claimVault, type LiveVault } from "../scenario/vault.ts";
import { root } from "../stack/instance.ts";
import { type Stack, startStack } from "../stack/stack.ts";

const script = join(root, "client/bash/metavault.sh");
const tools = ["bash", "openssl", "curl"];
const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
if (missing.length > 0)
  console.warn(`the bash client is not tested: no ${missing.join(", ")} here`);

const run = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync("bash", [script, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
};

describe.skipIf(missing.length > 0)("the bash client", () => {
  let stack: Stack;
  let vault: LiveVault;
  const folder = mkdtempSync(join(tmpdir(), "metavault-bash-"));
  beforeAll(async () => {
    stack = await startStack({ name: "bash-client", persistent: false, progress: () => {} });
    vault = await claimVault(stack, "1");
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await stack?.stop();
  });
  const getVault = (key: string) =>
    run(
      stack.baseUrl,
      vault.owner.vaultId,
      "metavault.vault.v1.VaultService/GetVault",
      JSON.stringify({ name: vault.name }),
      key,
    );

  test.each([
    ["Ed25519", ["-algorithm", "ed25519"]],
    ["P-256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]],
  ])("calls with an %s key, as long as it is granted", async (name, options) => {
    const key = join(folder, `${name}.pem`);
    execFileSync("openssl", ["genpkey", ...options, "-out", key], { stdio: "ignore" });
    const keyId = run("key-id", key).stdout.trim();
    const before = getVault(key);
    expect(before.status).toBe(22);
    expect(before.stdout).toContain("unknown_key");
    expect(before.stderr).toContain(`an owner must grant the key ${keyId}`);
    await grantKey(vault, { keyId, scopes: [Scope.VAULT_READ] });
    // The halves of a P-256 signature have leading zeros now and then.
    for (let i = 0; i < 5; i++) {
      const { status, stdout } = getVault(key);
      expect({ status, name: JSON.parse(stdout).vault?.name }).toEqual({
        status: 0,
        name: vault.name,
      });
    }
    await revokeKey(vault, keyId);
    expect(getVault(key).stdout).toContain("key_revoked");
  });

  test("says how it is used", () => {
    const { status, stderr } = run("http://x");
    expect(status).toBe(2);
    expect(stderr).toContain("metavault.sh <origin>");
  });

  test.each([
    ["an origin without a scheme", 0, "api.example", "the origin is"],
    ["a vault in capitals", 1, `EIP155:1:0x${"A".repeat(40)}`, "the vault id is"],
    ["a method without a service", 2, "GetVault", "the method is"],
    ["a key that is not there", 4, "/nowhere/key.pem", "can't be read"],
  ])("says what is wrong with %s, and sends nothing", (_, index, wrong, hint) => {
    const method = "metavault.vault.v1.VaultService/GetVault";
    const key = join(folder, "own.pem");
    execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key], { stdio: "ignore" });
    // Nothing listens on port one: had it been sent, curl would say so.
    const args = ["http://127.0.0.1:1", vault.owner.vaultId, method, "{}", key];
    const { status, stderr } = run(...args.with(index, wrong));
    expect(status).toBe(2);
    expect(stderr).toContain(hint);
    expect(stderr).not.toContain("curl");
  });

  test("says that nobody answers, as curl does", () => {
    const key = join(folder, "own.pem");
    const { status, stderr } = run("http://127.0.0.1:1/", vault.owner.vaultId, "a.B/C", "{}", key);
    expect(status).toBe(7);
    expect(stderr).toContain("curl");
  });

  test("refuses a key of another kind", () => {
    const key = join(folder, "rsa.pem");
    execFileSync("openssl", ["genpkey", "-algorithm", "RSA", "-out", key], { stdio: "ignore" });
    const { status, stderr } = run("key-id", key);
    expect(status).not.toBe(0);
    expect(stderr).toContain("not an Ed25519 or P-256 key");
  });
});
