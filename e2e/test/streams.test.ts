/** A vault's stream through the whole system: alive, across crashes, and in hostile hands. */
import { create, toJsonString } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { followVault } from "#client/follow-vault";
import { signingFetch } from "#client/signing-fetch";
import { untrustedOf } from "#client/untrusted-response";
import { createVaultClient, type VaultClient } from "#client/vault-client";
import { webFetch } from "#client/web-fetch";
import { Scope } from "#gen/access/v1/access";
import {
  WatchVaultResponse_Kind as Kind,
  WatchVaultRequestSchema,
  type WatchVaultResponse,
} from "#gen/vault/v1/vault_messages";
import { VaultService } from "#gen/vault/v1/vault_service";
import { generateP256Signer } from "#protocol/proof/signer";
import { grantKey, revokeKey } from "../scenario/keys.ts";
import { protectedVault } from "../scenario/protected-vault.ts";
import { send, signedBytes } from "../scenario/raw-call.ts";
import { claimVault, type LiveVault, requestId, swapIntent } from "../scenario/vault.ts";
import { waitForEnd } from "../scenario/world-change.ts";
import { hostileGateway } from "../stack/hostile.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  stack = await startStack({
    name: "streams",
    persistent: false,
    progress: () => {},
    heartbeatMs: 500,
    more: hostileGateway,
  });
  vault = await claimVault(stack, "10");
});
afterAll(() => stack?.stop());

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;

/** Reads a stream one event at a time. */
function watch(client: Pick<VaultClient["vault"], "watchVault">, name: string, resumeToken = "") {
  const gone = new AbortController();
  const stream = client.watchVault({ name, resumeToken }, { signal: gone.signal });
  const iterator = stream[Symbol.asyncIterator]();
  const next = async (): Promise<WatchVaultResponse> => {
    const { done, value } = await iterator.next();
    if (done === true) throw new Error("the stream has ended");
    return value;
  };
  return {
    next,
    async change() {
      for (;;) {
        const event = await next();
        if (event.kind !== Kind.HEARTBEAT) return event;
      }
    },
    leave: () => gone.abort(),
  };
}

/** Makes a change that a stream tells of. */
async function change(of: LiveVault): Promise<string> {
  const { keyId } = await generateP256Signer();
  await grantKey(of, { keyId, scopes: [Scope.TRIGGER_READ] });
  return `${of.name}/keys/${keyId}`;
}

const optionsOf = (of: LiveVault) => ({
  vaultId: of.owner.vaultId,
  signer: of.signer,
  identityKeyId: of.client.identityKeyId() ?? "",
});

describe("a stream", () => {
  test("tells of an intent from its acceptance to its settlement, each entry once", async () => {
    const live = await protectedVault(stack);
    const stream = watch(live.client.vault, live.name);
    const { resumeToken } = await stream.next();
    const { execution } = await live.client.vault.submitIntent({
      parent: live.name,
      requestId: requestId(),
      intent: swapIntent(stack, { ether: "1" }),
    });
    const name = execution?.name ?? "";
    const seen: WatchVaultResponse[] = [];
    const read = (async () => {
      for (;;) seen.push(await stream.change());
    })().catch(() => undefined);
    await waitForEnd(live, name);
    const { ledgerEntries } = await live.client.vault.listLedgerEntries({ parent: live.name });
    const entries = ledgerEntries.filter((entry) => entry.sequence > BigInt(resumeToken)).reverse();
    await expect.poll(() => seen.length).toBe(entries.length);
    stream.leave();
    await read;
    expect(seen.map((event) => [event.resumeToken, event.resource])).toEqual(
      entries.map((entry) => [String(entry.sequence), entry.subject]),
    );
    const kinds = seen.map((event) => event.kind);
    expect(new Set(kinds)).toEqual(new Set([Kind.EXECUTION, Kind.BALANCE]));
    expect(seen.length).toBeGreaterThanOrEqual(4);
  });

  test.each([
    ["the gateway", () => stack.baseUrl],
    ["the second way in", () => stack.ingressUrl],
  ])("comes through %s as it happens", async (way, url) => {
    const stream = watch(createVaultClient(url(), optionsOf(vault)).vault, vault.name);
    await stream.next();
    const latencies: number[] = [];
    for (let i = 0; i < 20; i++) {
      const [resource, event] = await Promise.all([
        change(vault),
        stream.change().then((event) => ({ event, atMs: Date.now() })),
      ]);
      expect(event.event.resource).toBe(resource);
      const { time } = event.event;
      latencies.push(event.atMs - (time === undefined ? 0 : timestampMs(time)));
      await revokeKey(vault, resource.slice(resource.lastIndexOf("/") + 1));
      await stream.change();
    }
    console.log(
      `from the call's start in the vault to the event at the caller, through ${way}: ` +
        `p50 ${percentile(latencies, 0.5)} ms, p95 ${percentile(latencies, 0.95)} ms`,
    );
    expect(percentile(latencies, 0.5)).toBeLessThan(500);
    stream.leave();
  });

  test.each([
    ["Connect", createConnectTransport],
    ["gRPC-Web", createGrpcWebTransport],
  ] as const)("reaches a browser's client over %s", async (_, makeTransport) => {
    const fetch = webFetch(signingFetch(optionsOf(vault)));
    const client = createClient(VaultService, makeTransport({ baseUrl: stack.baseUrl, fetch }));
    const stream = watch(client, vault.name);
    expect((await stream.next()).sequence).toBe(1n);
    const resource = await change(vault);
    expect((await stream.change()).resource).toBe(resource);
    stream.leave();
  });

  test("of a revoked key ends with the revocation, and shows nothing after", async () => {
    const signer = await generateP256Signer();
    await grantKey(vault, { keyId: signer.keyId, scopes: [Scope.VAULT_READ] });
    const client = createVaultClient(stack.baseUrl, { ...optionsOf(vault), signer });
    const stream = watch(client.vault, vault.name);
    await stream.next();
    await revokeKey(vault, signer.keyId);
    await change(vault);
    const last = await stream.change();
    expect([last.kind, last.resource]).toEqual([Kind.CLOSED, "key_revoked"]);
    await expect(stream.next()).rejects.toThrow("the stream has ended");
  });

  test("gives its place up when its reader goes away", async () => {
    // A vault of its own: a place that another test has left is free only after a heartbeat.
    const own = await claimVault(stack, "1");
    const open = () => watch(own.client.vault, own.name);
    const streams = [open(), open(), open(), open()];
    for (const stream of streams) await stream.next();
    await expect(open().next()).rejects.toThrow("at most 4 open streams");
    for (const stream of streams) stream.leave();
    const again = async () => {
      const stream = open();
      const opened = await stream.next().then(
        () => "opened",
        () => "refused",
      );
      stream.leave();
      return opened;
    };
    await expect.poll(again, { timeout: 10_000, interval: 100 }).toBe("opened");
  });

  test("can't be opened twice with one signature", async () => {
    const own = await claimVault(stack, "1");
    const body = toJsonString(
      WatchVaultRequestSchema,
      create(WatchVaultRequestSchema, { name: own.name }),
    );
    const frame = new Uint8Array([0, 0, 0, 0, body.length, ...new TextEncoder().encode(body)]);
    const request = await signedBytes(
      stack,
      "metavault.vault.v1.VaultService/WatchVault",
      "application/connect+json",
      frame,
      { signer: own.signer, vaultId: own.owner.vaultId },
    );
    const first = await send(request);
    expect(first.headers.has("content-digest")).toBe(false);
    expect(first.headers.get("signature-input")).toContain(
      '"@status" "content-type" "metavault-id" "signature";req;key="mv"',
    );
    const second = await send(request);
    expect(second.headers.has("content-digest")).toBe(true);
    expect(await second.text()).toContain("nonce_reused");
    await first.body?.cancel();
  });
});

describe("a crash", () => {
  test("breaks a stream, and following the vault loses and doubles nothing", async () => {
    const live = await claimVault(stack, "1");
    const gone = new AbortController();
    const seen: string[] = [];
    let breaks = 0;
    const reading = (async () => {
      const options = { name: live.name, resumeToken: "1", signal: gone.signal };
      for await (const event of followVault(live.client.vault, {
        ...options,
        onBreak: () => {
          breaks += 1;
        },
      })) {
        seen.push(event.resource);
      }
    })();
    const made = [await change(live), await change(live)];
    await expect.poll(() => seen.length).toBe(2);
    await stack.kill(["workerd"]);
    await stack.restart();
    made.push(await change(live), await change(live));
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(4);
    gone.abort();
    await reading;
    expect(seen).toEqual(made);
    expect(breaks).toBeGreaterThan(0);
  });
});

describe("a hostile gateway that", () => {
  /** Watches through the hostile gateway while four changes happen. */
  async function through(attack: string) {
    const live = await claimVault(stack, "1");
    const client = createVaultClient(stack.baseUrl, {
      ...optionsOf(live),
      maxSilenceMs: 2000,
      fetch: (url, init) => {
        const headers = new Headers(init.headers);
        headers.set("x-attack", attack);
        const { pathname } = new URL(url);
        return fetch(`http://127.0.0.1:${stack.ports.direct}${pathname}`, { ...init, headers });
      },
    });
    const stream = watch(client.vault, live.name);
    const seen: bigint[] = [];
    const end = (async () => {
      for (;;) seen.push((await stream.next()).sequence);
    })().catch((error: unknown) => untrustedOf(error)?.failure ?? String(error));
    await expect.poll(() => seen.length).toBeGreaterThan(0);
    for (let i = 0; i < 4; i++) await change(live);
    const settled = await Promise.race([
      end,
      new Promise((done) => setTimeout(done, 3500, "none")),
    ]);
    stream.leave();
    await end;
    return { seen: seen.map(Number), end: settled };
  }

  test("does nothing is believed", async () => {
    const { seen, end } = await through("none");
    expect(end).toBe("none");
    expect(seen.length).toBeGreaterThan(5);
    expect(seen).toEqual(seen.map((_, index) => index + 1));
  });

  test.each([
    ["drops an event", "stream-drop", [1, 2], "stream_out_of_order"],
    ["repeats an event", "stream-repeat", [1, 2, 3], "stream_out_of_order"],
    ["swaps two events", "stream-swap", [1, 2], "stream_out_of_order"],
    ["cuts the stream off", "stream-cut", [1, 2], "stream_truncated"],
    ["ends the stream in good order", "stream-end", [1, 2], "stream_truncated"],
    ["keeps silent", "stream-mute", [1, 2], "stream_silent"],
  ])("%s is found out", async (_, attack, seen, end) => {
    expect(await through(attack)).toEqual({ seen, end });
  });

  test("alters an event is found out", async () => {
    const { seen, end } = await through("stream-alter");
    expect(seen).toEqual([1, 2]);
    expect(["stream_altered", "stream_malformed", "stream_unbound"]).toContain(end);
  });

  test("puts another stream's events in is found out", async () => {
    expect((await through("stream-keep")).end).toBe("none");
    expect(await through("stream-splice")).toEqual({ seen: [1], end: "stream_unbound" });
  });
});
