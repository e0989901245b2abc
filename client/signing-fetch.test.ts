import { beforeEach, describe, expect, test } from "vitest";
import { errorInfoOf } from "#protocol/errors";
import { generateP256Signer, type Signer } from "#protocol/proof/signer";
import { signingFetch } from "./signing-fetch.ts";
import {
  certificateOf,
  type FakeVault,
  fetchFrom,
  makeKey,
  makeVault,
  origin,
  vaultId,
} from "./test/fake-vault.ts";
import type { TrustOptions } from "./trust.ts";
import { UntrustedResponseError } from "./untrusted-response.ts";
import { createVaultClient } from "./vault-client.ts";

type Tamper = (response: Response, url: string) => Response | Promise<Response>;

let vault: FakeVault;
let signer: Signer;
beforeEach(async () => {
  vault = await makeVault();
  signer = await generateP256Signer();
});

const honest: Tamper = (response) => response;
const trusting = () => ({ attestationKeyIds: [vault.attestation.keyId] });

function caller(options: { tamper?: Tamper; trust?: TrustOptions; now?: () => number } = {}) {
  const { tamper = honest, trust = trusting() } = options;
  const answer = fetchFrom(vault);
  const signing = signingFetch({
    vaultId,
    signer,
    ...trust,
    ...(options.now === undefined ? {} : { now: options.now }),
    fetch: async (url, init) => tamper(await answer(url, init), url),
  });
  const call = (method = "GetVault") =>
    signing
      .fetch({
        method: "POST",
        url: `${origin}/metavault.vault.v1.VaultService/${method}`,
        headers: new Headers({ "content-type": "application/json" }),
        body: new Uint8Array(new TextEncoder().encode("{}")),
      })
      .then(
        (response) => response.status,
        (error: unknown) => (error instanceof UntrustedResponseError ? error.failure : error),
      );
  return { call, signing };
}

const methods = () => vault.calls.map(({ method }) => method);

describe("the first contact", () => {
  test("asks for the certificate once, and pins the key that it names", async () => {
    const { call, signing } = caller();
    expect(signing.identityKeyId()).toBeUndefined();
    expect([await call(), await call()]).toEqual([200, 200]);
    expect(methods()).toEqual(["GetVault", "GetCertificate", "GetVault"]);
    expect(signing.pin()).toMatchObject({
      identityKeyId: vault.identity?.keyId,
      claimEpoch: 1,
    });
  });

  test("who may not read the vault gets the certificate with the refusal", async () => {
    vault.refuses = "SCOPE_MISSING";
    const { call, signing } = caller();
    expect(await call()).toBe(403);
    expect(methods()).toEqual(["GetVault"]);
    expect(signing.identityKeyId()).toBe(vault.identity?.keyId);
  });

  test("an unclaimed vault's refusal is the attestation key's, and pins nothing", async () => {
    const claimed = vault.identity;
    vault.identity = undefined;
    vault.refuses = "VAULT_UNCLAIMED";
    const { call, signing } = caller();
    expect(await call()).toBe(400);
    expect(signing.identityKeyId()).toBeUndefined();
    vault.refuses = undefined;
    expect(await call()).toBe("response_foreign");
    vault.identity = claimed;
    expect(await call("ClaimVault")).toBe(200);
    // From here on there is a vault, and only its own key speaks for it.
    vault.identity = undefined;
    vault.refuses = "VAULT_UNCLAIMED";
    expect(await call()).toBe("response_foreign");
  });

  test("nobody is trusted for nothing", () => {
    expect(() => caller({ trust: { attestationKeyIds: [] } })).toThrow(TypeError);
  });
});

const without =
  (name: string): Tamper =>
  (response) => {
    const headers = new Headers(response.headers);
    headers.delete(name);
    return new Response(response.body, { status: response.status, headers });
  };
const withBody =
  (body: string): Tamper =>
  ({ status, headers }) =>
    new Response(body, { status, headers });
const withStatus =
  (status: number): Tamper =>
  ({ body, headers }) =>
    new Response(body, { status, headers });
const replayed = (): Tamper => {
  let first: { body: string; status: number; headers: Headers } | undefined;
  return async (response) => {
    const { status, headers } = response;
    first ??= { body: await response.text(), status, headers };
    return new Response(first.body, first);
  };
};

describe("an answer is not believed", () => {
  test.for<readonly [string, Tamper, string]>([
    ["unsigned", without("signature"), "response_unsigned"],
    ["without its signature's input", without("signature-input"), "response_unsigned"],
    ["without its digest", without("content-digest"), "response_altered"],
    ["without its vault", without("metavault-id"), "response_foreign"],
    ["with another body", withBody('{"vault":{"x":1}}'), "response_altered"],
    ["with another status", withStatus(201), "response_altered"],
  ])("%s", async ([, tamper, expected]) => {
    expect(await caller({ tamper }).call()).toBe(expected);
    vault.refuses = "VAULT_FROZEN";
    expect(await caller({ tamper }).call()).toBe(expected);
  });

  test("to another request", async () => {
    const trust = { identityKeyId: vault.identity?.keyId ?? "" };
    const { call } = caller({ tamper: replayed(), trust });
    expect(await call()).toBe(200);
    expect(await call()).toBe("response_altered");
  });

  test("of another key than the one that is pinned for good", async () => {
    const { call } = caller({ trust: { identityKeyId: (await makeKey()).keyId } });
    expect(await call()).toBe("response_foreign");
    expect(methods()).toEqual(["GetVault"]);
  });

  test("when what it claims is an error, which stays readable", async () => {
    vault.refuses = "VAULT_FROZEN";
    const client = createVaultClient(origin, {
      vaultId,
      signer,
      ...trusting(),
      fetch: async (url, init) => without("signature")(await fetchFrom(vault)(url, init), url),
    });
    const error = await client.vault.getVault({}).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UntrustedResponseError);
    expect(error).toMatchObject({
      failure: "response_unsigned",
      claim: { status: 400, reason: "VAULT_FROZEN", message: "refused" },
    });
    // It must not pass for a refusal of the vault.
    expect(errorInfoOf(error)).toBeUndefined();
  });
});

describe("a certificate that does not hold pins nothing", () => {
  test.for<readonly [string, () => Promise<string> | string, string]>([
    [
      "of a stranger's attestation key",
      async () => certificateOf({ ...vault, attestation: await makeKey() }),
      "certificate_untrusted_key",
    ],
    [
      "of another vault",
      () => certificateOf(vault, { vaultId: `eip155:1:0x${"1".repeat(40)}` }),
      "certificate_wrong_vault",
    ],
    [
      "of before",
      () => certificateOf(vault, { issuedSeconds: 1_000_000_000, expireSeconds: 1_000_003_600 }),
      "certificate_expired",
    ],
    [
      "of another identity key than signed",
      async () => certificateOf(vault, { identityKeyId: (await makeKey()).keyId }),
      "response_foreign",
    ],
    ["that is none", () => "nope", "certificate_malformed"],
  ])("%s", async ([, make, expected]) => {
    vault.certificate = await make();
    expect(await caller().call()).toBe(expected);
    vault.refuses = "SCOPE_MISSING";
    expect(await caller().call()).toBe(expected);
  });
});

describe("another identity key", () => {
  const pinned = async (claimEpoch: number, secondsAgo: number) => {
    vault.claimEpoch = claimEpoch;
    const nowSeconds = Math.floor(Date.now() / 1000);
    vault.certificate = await certificateOf(vault, { issuedSeconds: nowSeconds });
    const issuedSeconds = nowSeconds - secondsAgo;
    const pin = { identityKeyId: (await makeKey()).keyId, claimEpoch: 2, issuedSeconds };
    const { call, signing } = caller({ trust: { ...trusting(), pin } });
    return { outcome: await call(), pin: signing.pin(), before: pin };
  };

  test.for<readonly [string, number, number, boolean]>([
    ["in a newer certificate of the same claim", 2, 60, true],
    ["in a newer certificate of a later claim", 3, 60, true],
    ["in a newer certificate of an earlier claim", 1, 60, false],
    ["in a certificate of the same second, of a later claim", 3, 0, true],
    ["in a certificate of the same second, of the same claim", 2, 0, false],
    ["in an older certificate of the same claim", 2, -60, false],
    ["in an older certificate of a later claim", 3, -60, false],
  ])("%s", async ([, claimEpoch, secondsAgo, isTaken]) => {
    const { outcome, pin, before } = await pinned(claimEpoch, secondsAgo);
    expect(outcome).toBe(isTaken ? 200 : "identity_changed");
    if (!isTaken) expect(pin).toEqual(before);
    else expect(pin).toMatchObject({ identityKeyId: vault.identity?.keyId, claimEpoch });
  });
});

describe("the clock", () => {
  const minute = 60_000;
  const ahead = (ms: number) => () => Date.now() + ms;
  const times = () =>
    vault.calls.map(({ createdMs }) => Math.round((createdMs - Date.now()) / minute) + 0);

  test.each([
    ["behind", -2 * minute],
    ["ahead", 4 * minute],
  ])(
    "is corrected by the vault's signed refusal, and the call made again, once: %s",
    async (_, offset) => {
      const { call } = caller({ now: ahead(offset) });
      expect([await call(), await call()]).toEqual([200, 200]);
      expect(times()[0]).toBe(offset / minute);
      expect(new Set(times().slice(1))).toEqual(new Set([0]));
    },
  );

  test("stays when it is off by more than five minutes", async () => {
    const trust = { identityKeyId: vault.identity?.keyId ?? "" };
    const { call } = caller({ now: ahead(10 * minute), trust });
    expect([await call(), await call()]).toEqual([401, 401]);
    expect(times()).toEqual([10, 10]);
  });

  test("is not steered by a refusal that the vault did not sign", async () => {
    vault.now = ahead(4 * minute);
    const { call } = caller({ tamper: without("signature") });
    expect([await call(), await call()]).toEqual(["response_unsigned", "response_unsigned"]);
    expect(times()).toEqual([0, 0]);
  });

  test("is not steered by the refusal of another key", async () => {
    const identityKeyId = vault.identity?.keyId ?? "";
    vault.identity = await makeKey();
    vault.now = ahead(4 * minute);
    const { call } = caller({ trust: { identityKeyId } });
    expect([await call(), await call()]).toEqual(["response_foreign", "response_foreign"]);
    expect(times()).toEqual([0, 0]);
  });

  test("a call is made again once and no more", async () => {
    let localMs = Date.now();
    const { call } = caller({
      now: () => localMs,
      trust: { identityKeyId: vault.identity?.keyId ?? "" },
      // The clock jumps with every answer, so that no correction lasts.
      tamper: (response) => {
        localMs += 100_000;
        return response;
      },
    });
    localMs += 200_000;
    expect(await call()).toBe(401);
    expect(methods()).toEqual(["GetVault", "GetVault"]);
  });
});
