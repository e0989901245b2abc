/**
 * A gateway that answers in the vault's name does not get its session key before the owner's
 * wallet: the SDK refuses with a typed error, at the first contact and later. And the clock.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { UntrustedResponseError } from "#client/untrusted-response";
import { createVaultClient } from "#client/vault-client";
import { reasonOf } from "#protocol/errors";
import { generateP256Signer } from "#protocol/proof/signer";
import { makeOwner } from "../scenario/owner.ts";
import { certify, createSession, signCaveats, swapTerms } from "../scenario/session.ts";
import { claimVault, type LiveVault } from "../scenario/vault.ts";
import { buildForger, forger } from "../stack/forger.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
let vault: LiveVault;
let other: LiveVault;
beforeAll(async () => {
  await buildForger();
  stack = await startStack({
    name: "certificate",
    persistent: false,
    progress: () => {},
    more: forger,
  });
  other = await claimVault(stack, "1");
});
// A vault holds few sessions at a time, so each test has a vault of its own.
beforeEach(async () => {
  vault = await claimVault(stack, "1");
});
afterAll(() => stack?.stop());

type Via = {
  readonly attack: string;
  readonly certificate?: string;
  readonly pinned?: boolean;
};

/** The vault's owner, device and all, with the forger between. Counts what the wallet is asked. */
function behindForger({ attack, certificate, pinned = false }: Via) {
  const asked: unknown[] = [];
  const pin = vault.client.pin();
  const client = createVaultClient(stack.baseUrl, {
    vaultId: vault.owner.vaultId,
    signer: vault.signer,
    attestationKeyIds: [stack.secrets.attestationKeyId],
    ...(pinned && pin !== undefined ? { pin } : {}),
    fetch(url, init) {
      const headers = new Headers(init.headers);
      headers.set("x-attack", attack);
      if (certificate !== undefined) headers.set("x-certificate", certificate);
      const { pathname } = new URL(url);
      return fetch(`http://127.0.0.1:${stack.ports.direct}${pathname}`, { ...init, headers });
    },
  });
  const { account } = vault.owner;
  const wallet = {
    ...account,
    signTypedData: (data: Parameters<typeof account.signTypedData>[0]) => {
      asked.push(data);
      return account.signTypedData(data);
    },
  } as typeof account;
  return { live: { ...vault, client, owner: { ...vault.owner, account: wallet } }, asked };
}

/** Creates a session and has the owner grant it something. */
async function grant(via: Via) {
  const { live, asked } = behindForger(via);
  const outcome = await grantTo(live).catch((error: unknown) => error);
  return { outcome, asked: asked.length };
}

async function grantTo(live: LiveVault) {
  const session = await createSession(live);
  const certified = await certify(live, session);
  const { caveats, expireSeconds } = await swapTerms(live, certified.accountAddress, "1");
  const { delegation } = await signCaveats(live, certified, caveats, expireSeconds);
  return { delegate: delegation.delegate, account: session.account };
}

test("a forger that forges nothing is let through", async () => {
  const { outcome, asked } = await grant({ attack: "" });
  const { delegate, account } = outcome as Awaited<ReturnType<typeof grantTo>>;
  expect(account.endsWith(delegate)).toBe(true);
  expect(asked).toBe(1);
});

describe("the owner's wallet is never asked, at the first contact or later", () => {
  test.for<readonly [string, string, string, string]>([
    ["an unsigned answer", "unsigned", "response_unsigned", "response_unsigned"],
    ["its own session key", "session", "response_altered", "response_altered"],
    [
      "its own session key under its own signature",
      "session-resigned",
      "response_foreign",
      "response_foreign",
    ],
    [
      "its own session key, signature and certificate",
      "session-recertified",
      "certificate_untrusted_key",
      "certificate_untrusted_key",
    ],
    ["its own certificate", "certificate", "response_altered", "response_altered"],
    [
      "its own certificate under its own signature",
      "certificate-resigned",
      "certificate_untrusted_key",
      "certificate_untrusted_key",
    ],
    ["a made-up refusal", "refusal", "response_unsigned", "response_unsigned"],
    [
      "a made-up refusal with its own signature and certificate",
      "refusal-resigned",
      "certificate_untrusted_key",
      "certificate_untrusted_key",
    ],
  ])("%s", async ([, attack, first, later]) => {
    for (const [pinned, failure] of [
      [false, first],
      [true, later],
    ] as const) {
      const { outcome, asked } = await grant({ attack, pinned });
      expect(outcome).toBeInstanceOf(UntrustedResponseError);
      expect(outcome).toMatchObject({ failure });
      expect(asked).toBe(0);
    }
  });

  test("the true certificate of another vault", async () => {
    await createSession(other);
    const { certificate } = await other.client.vault.getCertificate({ name: other.name });
    const { outcome, asked } = await grant({ attack: "certificate-resigned", certificate });
    expect(outcome).toMatchObject({ failure: "certificate_wrong_vault" });
    expect(asked).toBe(0);
  });

  test("the vault's own certificate of before the session", async () => {
    const { certificate } = await vault.client.vault.getCertificate({ name: vault.name });
    const { outcome, asked } = await grant({ attack: "certificate-resigned", certificate });
    expect(outcome).toMatchObject({ failure: "response_foreign" });
    expect(asked).toBe(0);
  });

  test("a session that is another vault's own", async () => {
    const foreign = await createSession(other);
    const certified = certify(vault, { ...foreign, name: foreign.name });
    await expect(certified).rejects.toMatchObject({ failure: "session_uncertified" });
    const mine = await createSession(vault);
    const { keyAddress, account } = foreign;
    const swapped = certify(vault, { ...mine, keyAddress, account });
    await expect(swapped).rejects.toMatchObject({ failure: "session_substituted" });
  });

  test("a made-up refusal stays readable, as a claim", async () => {
    const { outcome } = await grant({ attack: "refusal" });
    expect(outcome).toMatchObject({
      claim: { status: 409, reason: "VAULT_CLAIMED", message: "somebody was faster" },
    });
  });
});

describe("a caller's clock", () => {
  const minute = 60_000;
  const callAt = (offsetMs: number, vaultId = vault.owner.vaultId) =>
    createVaultClient(stack.baseUrl, {
      vaultId,
      signer: vault.signer,
      attestationKeyIds: [stack.secrets.attestationKeyId],
      now: () => Date.now() + offsetMs,
    })
      .vault.getVault({ name: `vaults/${vaultId}` })
      .then(() => "ok", reasonOf);

  test.each([-4, -2, 2, 4])("is put right by the vault: %i minutes off", async (minutes) => {
    expect(await callAt(minutes * minute)).toBe("ok");
    expect(await callAt(minutes * minute, makeOwner(stack).vaultId)).toBe("VAULT_UNCLAIMED");
  });

  test("that is off by more gets the vault's refusal", async () => {
    const client = createVaultClient(stack.baseUrl, {
      vaultId: vault.owner.vaultId,
      signer: await generateP256Signer(),
      identityKeyId: vault.client.identityKeyId() ?? "",
      now: () => Date.now() - 10 * minute,
    });
    const call = client.vault.getVault({ name: vault.name });
    expect(await call.then(() => "ok", reasonOf)).toBe("PROOF_REJECTED");
  });
});
