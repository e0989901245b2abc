/** Calls with a service's own keys: what is signed for the signals, and what for a vault. */
import { beforeAll, describe, expect, test } from "vitest";
import { SignalService } from "#gen/signal/v1/signal_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { signalsAudience } from "./proof/audience.ts";
import { signRequest } from "./proof/sign.ts";
import { generateEd25519Signer, type Signer } from "./proof/signer.ts";
import { type KeyVerdict, verifyRequest } from "./proof/verify.ts";
import { receive } from "./receive.ts";
import { serviceRoutes, vaultRoutes } from "./screen.ts";

const origin = "https://api.metavault.example";
const publish = "/metavault.signal.v1.SignalService/PublishObservations";
const getVault = "/metavault.vault.v1.VaultService/GetVault";
const vaultId = `eip155:8453:0x${"1".repeat(40)}`;
const nowMs = 1_800_000_000_000;
const minute = 60_000;
const routes = new Map([...vaultRoutes([VaultService]), ...serviceRoutes([SignalService])]);

let signer: Signer;
beforeAll(async () => {
  signer = await generateEd25519Signer();
});

const signed = (path: string, audience: string, atMs = nowMs) =>
  signRequest(
    {
      method: "POST",
      url: `${origin}${path}`,
      headers: new Headers({ "content-type": "application/json" }),
      body: new Uint8Array(new TextEncoder().encode("{}")),
    },
    { signer, vaultId: audience, nowMs: atMs },
  );
const outcome = async (
  { url, method, headers, body }: Awaited<ReturnType<typeof signed>>,
  lookup?: (keyId: string) => KeyVerdict,
) => {
  const request = new Request(url, { method, headers, body });
  const verifier = { origins: new Set([origin]), nowMs, ...(lookup && { lookup }) };
  const received = await receive(request, routes, verifier);
  if (received.ok) return received.value.proof?.vaultId;
  return received.error.metadata.proof ?? received.error.reason;
};

describe("a proof", () => {
  test("for the signals is good at the signals, and only there", async () => {
    expect(await outcome(await signed(publish, signalsAudience))).toBe("signals");
    expect(await outcome(await signed(getVault, signalsAudience))).toBe("HEADER_INVALID");
  });

  test("for a vault is good at vaults, and not at the signals", async () => {
    expect(await outcome(await signed(getVault, vaultId))).toBe(vaultId);
    expect(await outcome(await signed(publish, vaultId))).toBe("HEADER_INVALID");
  });

  test.each([
    [publish, "signals", getVault, vaultId],
    [getVault, vaultId, publish, "signals"],
  ])("of %s cannot be turned to another audience", async (path, audience, other, otherId) => {
    const request = await signed(path, audience);
    request.headers.set("metavault-id", otherId);
    const turned = { ...request, url: `${origin}${other}` };
    expect(await outcome(turned)).toBe("bad_signature");
  });

  test("is refused where another audience is meant, whoever let it through", async () => {
    const options = { origins: new Set([origin]), nowMs };
    const forSignals = await signed(publish, signalsAudience);
    expect(await verifyRequest(forSignals, options)).toMatchObject({ error: "wrong_vault" });
    const forVault = await signed(getVault, vaultId);
    const atSignals = await verifyRequest(forVault, { ...options, audience: "signals" });
    expect(atSignals).toMatchObject({ error: "wrong_vault" });
  });

  test.each(["Signals", "signals ,signals", "signals/", "", "signals2"])(
    "for %j is for nobody",
    async (audience) => {
      expect(await outcome(await signed(publish, audience))).toBe("HEADER_INVALID");
    },
  );

  test("for the signals holds in its time only", async () => {
    const late = await signed(publish, signalsAudience, nowMs - 10 * minute);
    expect(await outcome(late)).toBe("request_expired");
    const early = await signed(publish, signalsAudience, nowMs + 10 * minute);
    expect(await outcome(early)).toBe("request_not_yet_valid");
  });

  test("of a key that the service does not know", async () => {
    const unknown = () => ({ accepted: false, failure: "unknown_key" }) as const;
    expect(await outcome(await signed(publish, signalsAudience), unknown)).toBe("unknown_key");
  });
});

test("a call that needs a key does not go without a proof", async () => {
  const request = new Request(`${origin}${publish}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  const received = await receive(request, routes, { origins: new Set([origin]), nowMs });
  expect(received.ok).toBe(false);
});

test("a vault's methods are no service's", () => {
  expect(() => serviceRoutes([VaultService])).toThrow();
});
