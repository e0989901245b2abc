/** The stream of a vault's changes, in workerd. Heartbeats are 250 ms apart, a lease is 3 s. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { Scope } from "#gen/access/v1/access";
import {
  WatchVaultResponse_Kind as Kind,
  type WatchVaultResponse,
} from "#gen/vault/v1/vault_messages";
import { keyGrantAct, keyRevokeAct } from "#protocol/acts/vault-acts";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { generateP256Signer, type Signer } from "#protocol/proof/signer";
import { claimedVault, grantOf, type TestVault } from "./support/claimed-vault.ts";
import { asMember, rotation } from "./support/members.ts";

const requestId = () => crypto.randomUUID();

type Client = TestVault["client"]["vault"];

/** Opens a stream and reads it one event at a time. */
function watch(api: Client, name: string, resumeToken = "") {
  const gone = new AbortController();
  const stream = api.watchVault({ name, resumeToken }, { signal: gone.signal });
  const iterator = stream[Symbol.asyncIterator]();
  const next = async (): Promise<WatchVaultResponse> => {
    const { done, value } = await iterator.next();
    if (done === true) throw new Error("the stream has ended");
    return value;
  };
  return {
    next,
    /** The next event that is no heartbeat. */
    async change() {
      for (;;) {
        const event = await next();
        if (event.kind !== Kind.HEARTBEAT) return event;
      }
    },
    leave: () => gone.abort(),
  };
}

const freeze = (vault: TestVault) =>
  vault.client.vault.freezeVault({ name: vault.name, requestId: requestId(), reason: "test" });

async function grant(
  vault: TestVault,
  signer: Signer,
  scopes: readonly Scope[] = [Scope.VAULT_READ],
  lifeMs = 86_400_000,
) {
  const expireTime = timestampFromMs(Math.ceil((Date.now() + lifeMs) / 1000) * 1000);
  const grant = { ...grantOf(signer, scopes), expireTime };
  const act = await vault.consent(keyGrantAct.bind(undefined, vault.vaultId, grant));
  await vault.client.vault.grantKey({ parent: vault.name, requestId: requestId(), grant, act });
  return vault.clientOf(signer).vault;
}

async function revoke(vault: TestVault, signer: Signer) {
  const act = await vault.consent(keyRevokeAct.bind(undefined, vault.vaultId, signer.keyId));
  const name = `${vault.name}/keys/${signer.keyId}`;
  await vault.client.vault.revokeKey({ name, requestId: requestId(), act });
}

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => {
      const { field, proof, resource, scope } = errorInfoOf(error)?.metadata ?? {};
      return `${reasonOf(error)} ${field ?? proof ?? resource ?? scope}`;
    },
  );

describe("a stream", () => {
  test("says at once that it lives, and then what changes", async () => {
    const vault = await claimedVault();
    const stream = watch(vault.client.vault, vault.name);
    const first = await stream.next();
    expect([first.kind, first.sequence, first.resumeToken]).toEqual([Kind.HEARTBEAT, 1n, "1"]);
    await freeze(vault);
    const change = await stream.change();
    expect(change).toMatchObject({
      kind: Kind.CONFIGURATION,
      resource: vault.name,
      resumeToken: "2",
    });
    stream.leave();
  });

  test("of a frozen vault goes on", async () => {
    const vault = await claimedVault();
    await freeze(vault);
    const stream = watch(vault.client.vault, vault.name);
    await stream.next();
    const agent = await generateP256Signer();
    await grant(vault, agent);
    expect((await stream.change()).resource).toBe(`${vault.name}/keys/${agent.keyId}`);
    stream.leave();
  });

  test("goes on after the resume token, without gap or repeat, also after the isolate", async () => {
    const vault = await claimedVault();
    const before = watch(vault.client.vault, vault.name);
    await before.next();
    await freeze(vault);
    const { resumeToken } = await before.change();
    before.leave();
    const missed = [await generateP256Signer(), await generateP256Signer()];
    for (const signer of missed) await grant(vault, signer);
    await evictDurableObject(vault.stub);
    const after = watch(vault.client.vault, vault.name, resumeToken);
    const live = await generateP256Signer();
    const seen = [await after.change(), await after.change()];
    await grant(vault, live);
    seen.push(await after.change());
    expect(seen.map((event) => event.resource)).toEqual(
      [...missed, live].map(({ keyId }) => `${vault.name}/keys/${keyId}`),
    );
    expect(seen.map((event) => event.resumeToken)).toEqual(["3", "4", "5"]);
    after.leave();
  });

  test("of a quiet vault beats, and its numbers have no gap", async () => {
    const vault = await claimedVault();
    const stream = watch(vault.client.vault, vault.name);
    const events = [await stream.next(), await stream.next(), await stream.next()];
    expect(events.map((event) => event.kind)).toEqual(Array(3).fill(Kind.HEARTBEAT));
    expect(events.map((event) => event.sequence)).toEqual([1n, 2n, 3n]);
    const times = events.map(({ time }) => (time === undefined ? 0 : timestampMs(time)));
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(245);
    for (const pause of pauses) expect(pause).toBeLessThan(1000);
    stream.leave();
  });

  test("writes one row for its opening, and none while it lives", async () => {
    const vault = await claimedVault();
    const rows = () =>
      runInDurableObject(vault.stub, (_object, { storage: { sql } }) =>
        ["nonce", "ledger", "request", "job"].map(
          (table) => sql.exec(`SELECT count(*) AS n FROM ${table}`).one().n,
        ),
      );
    const [nonces, ...others] = await rows();
    const stream = watch(vault.client.vault, vault.name);
    for (let i = 0; i < 3; i++) await stream.next();
    expect(await rows()).toEqual([Number(nonces) + 1, ...others]);
    stream.leave();
  });
});

describe("a stream ends", () => {
  test("with its lease", async () => {
    const vault = await claimedVault();
    const stream = watch(vault.client.vault, vault.name);
    const first = await stream.next();
    const last = await stream.change();
    expect([last.kind, last.resource]).toEqual([Kind.CLOSED, "lease"]);
    const lease = last.leaseExpireTime;
    const [opened, closed, leaseMs] = [first.time, last.time, lease].map((time) =>
      time === undefined ? 0 : timestampMs(time),
    ) as [number, number, number];
    expect(leaseMs - opened).toBeGreaterThan(2900);
    expect(closed).toBeGreaterThanOrEqual(leaseMs);
    expect(closed).toBeLessThan(leaseMs + 1000);
    await expect(stream.next()).rejects.toThrow("the stream has ended");
  });

  test("when its key is revoked, with nothing that comes after", async () => {
    const vault = await claimedVault();
    const agent = await generateP256Signer();
    const stream = watch(await grant(vault, agent), vault.name);
    await stream.next();
    await revoke(vault, agent);
    const last = await stream.change();
    expect([last.kind, last.resource]).toEqual([Kind.CLOSED, "key_revoked"]);
    // The revocation itself was no more for this key to read.
    expect(last.resumeToken).toBe("2");
  });

  test("when the authority's epoch voids its grant", async () => {
    const vault = await claimedVault();
    const agent = await generateP256Signer();
    const stream = watch(await grant(vault, agent), vault.name);
    await stream.next();
    const members = [asMember(vault.owner)];
    await vault.client.vault.updateAuthority(await rotation(vault, [vault.owner], { members }));
    expect((await stream.change()).resource).toBe("key_revoked");
  });

  test("when its key expires", async () => {
    const vault = await claimedVault();
    const agent = await generateP256Signer();
    const stream = watch(await grant(vault, agent, [Scope.VAULT_READ], 1000), vault.name);
    await stream.next();
    const last = await stream.change();
    expect([last.kind, last.resource]).toEqual([Kind.CLOSED, "key_expired"]);
  });
});

describe("a stream is refused", () => {
  test.each([
    ["a token of the future", "9", "FIELD_INVALID resume_token"],
    ["what is no token", "first", "FIELD_INVALID resume_token"],
    ["a token from before the first event", "0", "FIELD_INVALID resume_token"],
    ["a token that is too long", "1".repeat(201), "FIELD_INVALID resume_token"],
  ])("from %s", async (_, token, expected) => {
    const vault = await claimedVault();
    expect(await refusal(watch(vault.client.vault, vault.name, token).next())).toBe(expected);
  });

  test("to a key without the scope, to a stranger, and for another vault's name", async () => {
    const vault = await claimedVault();
    const agent = await grant(vault, await generateP256Signer(), [Scope.TRIGGER_READ]);
    expect(await refusal(watch(agent, vault.name).next())).toBe("SCOPE_MISSING vault.read");
    const stranger = vault.clientOf(await generateP256Signer()).vault;
    expect(await refusal(watch(stranger, vault.name).next())).toBe("PROOF_REJECTED unknown_key");
    const other = await claimedVault();
    expect(await refusal(watch(vault.client.vault, other.name).next())).toBe("VAULT_MISMATCH name");
  });

  test("to a key that has four, until one of them is left", async () => {
    const vault = await claimedVault();
    const streams = Array.from({ length: 4 }, () => watch(vault.client.vault, vault.name));
    for (const stream of streams) await stream.next();
    expect(await refusal(watch(vault.client.vault, vault.name).next())).toBe(
      "QUOTA_EXCEEDED stream",
    );
    const other = watch(await grant(vault, await generateP256Signer()), vault.name);
    expect((await other.next()).sequence).toBe(1n);
    streams[0]?.leave();
    await expect.poll(() => refusal(watch(vault.client.vault, vault.name).next())).toBe("ok");
  });
});
