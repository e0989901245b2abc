/** Watching through every protocol, against a vault's stream that a gateway meddles with. */
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { describe, expect, test } from "vitest";
import { VaultService } from "#gen/vault/v1/vault_service";
import { turnAway } from "#protocol/receive";
import { followVault } from "./follow-vault.ts";
import { signingFetch } from "./signing-fetch.ts";
import { baseUrl, makeVault, name } from "./test/streaming-vault.ts";
import { untrustedOf } from "./untrusted-response.ts";
import { createVaultClient } from "./vault-client.ts";
import { webFetch } from "./web-fetch.ts";

const transports: Record<string, (fetch: typeof globalThis.fetch) => Transport> = {
  "Connect JSON": (fetch) => createConnectTransport({ baseUrl, fetch }),
  "Connect protobuf": (fetch) => createConnectTransport({ baseUrl, fetch, useBinaryFormat: true }),
  "gRPC-Web protobuf": (fetch) => createGrpcWebTransport({ baseUrl, fetch }),
  "gRPC-Web JSON": (fetch) => createGrpcWebTransport({ baseUrl, fetch, useBinaryFormat: false }),
};

/** Reads a stream to its end: what came, and how it ended. */
async function readAll(vault: Awaited<ReturnType<typeof makeVault>>, transport = "Connect JSON") {
  const make = transports[transport];
  if (make === undefined) return expect.unreachable(transport);
  const client = createClient(VaultService, make(webFetch(signingFetch(vault.options))));
  const seen: string[] = [];
  try {
    for await (const event of client.watchVault({ name, resumeToken: "7" })) {
      seen.push(event.resource);
    }
    return { seen, end: "ended" };
  } catch (error) {
    return { seen, end: untrustedOf(error)?.failure ?? String(error) };
  }
}

const executions = (...tokens: number[]) => tokens.map((token) => `${name}/executions/${token}`);

describe.each(Object.keys(transports))("%s", (transport) => {
  test("reads a whole stream to its end", async () => {
    const vault = await makeVault({ changes: 3, cause: "lease" });
    const { seen, end } = await readAll(vault, transport);
    expect(seen).toEqual(["", ...executions(8, 9, 10), "lease"]);
    expect(end).toBe("ended");
  });

  test("does not take a stream that breaks off for one that ended", async () => {
    const vault = await makeVault({ changes: 3, cause: undefined });
    const { seen, end } = await readAll(vault, transport);
    expect(seen).toEqual(["", ...executions(8, 9, 10)]);
    expect(end).toBe("stream_truncated");
  });

  test("is told the vault's refusal, signed as a whole", async () => {
    const vault = await makeVault({ changes: 0, cause: "lease" });
    const make = transports[transport];
    if (make === undefined) return expect.unreachable(transport);
    const client = createClient(VaultService, make(webFetch(signingFetch(vault.options))));
    const call = client.watchVault({ name, resumeToken: "no" })[Symbol.asyncIterator]().next();
    await expect(call).rejects.toThrow("[permission_denied] no");
  });

  test("does not take the gateway's refusal for the vault's", async () => {
    const refused = { reason: "RATE_LIMITED", detail: "too many calls", metadata: {} } as const;
    const vault = await makeVault({ changes: 0, cause: "lease" });
    const fetch = async (url: string, init: RequestInit) =>
      turnAway(new Request(url, init), refused, "GATEWAY");
    const { end } = await readAll({ ...vault, options: { ...vault.options, fetch } }, transport);
    expect(end).toBe("response_unsigned");
  });
});

type Meddle = (response: Response) => Response;

const withBody =
  (change: (frames: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>): Meddle =>
  (response) =>
    new Response(response.body && change(response.body), response);

/** Changes the bytes of the frame with this index; each frame is one chunk here. */
const withFrame = (index: number, change: (bytes: Uint8Array) => Uint8Array[]) =>
  withBody((frames) => {
    let at = 0;
    return frames.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          const changed = at === index ? change(bytes) : [bytes];
          at += 1;
          for (const piece of changed) controller.enqueue(piece);
        },
      }),
    );
  });

const frame = (flags: number, text: string) => {
  const data = new TextEncoder().encode(text);
  return new Uint8Array([flags, 0, 0, 0, data.length, ...data]);
};

const replaceText = (from: string, to: string) => (bytes: Uint8Array) => {
  const text = Buffer.from(bytes).toString("latin1").replace(from, to);
  return [new Uint8Array(Buffer.from(text, "latin1"))];
};

const headers =
  (change: (headers: Headers) => void): Meddle =>
  (response) => {
    const changed = new Headers(response.headers);
    change(changed);
    return new Response(response.body, { status: response.status, headers: changed });
  };

describe("a gateway that", () => {
  test.for<readonly [string, Meddle, number, string]>([
    ["drops an event", withFrame(2, () => []), 2, "stream_out_of_order"],
    ["repeats an event", withFrame(2, (b) => [b, b]), 3, "stream_out_of_order"],
    [
      "alters an event",
      withFrame(2, replaceText("executions/9", "executions/8")),
      2,
      "stream_altered",
    ],
    ["adds what is no event", withFrame(2, (b) => [frame(0, "{}"), b]), 2, "stream_malformed"],
    ["adds a field", withFrame(2, () => [frame(0, '{"x":1}')]), 2, "stream_malformed"],
    ["sends compressed frames", withFrame(2, () => [frame(1, "x")]), 2, "stream_malformed"],
    ["ends it early", withFrame(2, () => [frame(2, "{}")]), 2, "stream_truncated"],
    [
      "ends it early with an error",
      withFrame(2, () => [frame(2, '{"error":{"code":"internal"}}')]),
      2,
      "stream_truncated",
    ],
    ["cuts a frame", withFrame(4, (b) => [b.subarray(0, 9)]), 4, "stream_truncated"],
    [
      "sends garbage",
      withBody(() => new Response("garbage, far too long").body as never),
      0,
      "stream_malformed",
    ],
    ["removes the signature", headers((h) => h.delete("signature")), 0, "response_unsigned"],
    [
      "changes the type",
      headers((h) => h.set("content-type", "application/connect+proto")),
      0,
      "response_altered",
    ],
    ["adds a digest", headers((h) => h.set("content-digest", "sha-256=:AAAA:")), 5, "ended"],
  ])("%s", async ([, meddle, believed, end]) => {
    const vault = await makeVault({ changes: 3, cause: "lease" }, meddle);
    const outcome = await readAll(vault);
    expect(outcome.end).toBe(end);
    expect(outcome.seen).toHaveLength(believed);
  });

  test("adds an error after the vault's end is not heard", async () => {
    const meddle = withFrame(5, () => [frame(2, '{"error":{"code":"internal"}}')]);
    const vault = await makeVault({ changes: 3, cause: "lease" }, meddle);
    expect((await readAll(vault)).end).toBe("ended");
  });

  test("gives one request's stream to another is found out", async () => {
    const kept: Response[] = [];
    const vault = await makeVault({ changes: 3, cause: "lease" }, (response) => {
      kept.push(response.clone());
      const first = kept[0];
      return kept.length === 1 || first === undefined
        ? response
        : new Response(first.body, { status: response.status, headers: response.headers });
    });
    expect((await readAll(vault)).end).toBe("ended");
    expect(await readAll(vault)).toEqual({ seen: [], end: "stream_unbound" });
  });

  test("falls silent is given up", async () => {
    const silent = withFrame(2, () => []);
    const stuck: Meddle = (response) => {
      const source = silent(response).body?.getReader();
      let pieces = 0;
      return new Response(
        new ReadableStream({
          async pull(controller) {
            if (pieces++ > 1) return new Promise(() => {});
            const piece = await source?.read();
            if (piece?.value !== undefined) controller.enqueue(piece.value);
          },
        }),
        response,
      );
    };
    const outcome = await readAll(await makeVault({ changes: 3, cause: "lease" }, stuck));
    expect(outcome).toEqual({ seen: ["", ...executions(8)], end: "stream_silent" });
  });

  test("never answers is given up", async () => {
    const vault = await makeVault({ changes: 0, cause: "lease" });
    const fetch = () => new Promise<Response>(() => {});
    const outcome = await readAll({ ...vault, options: { ...vault.options, fetch } });
    expect(outcome.end).toBe("stream_silent");
  });
});

describe("following a vault", () => {
  test("opens the next stream where the last one ended, and ends when the key does", async () => {
    const script = { changes: 2, cause: "lease" as string | undefined };
    const vault = await makeVault(script);
    const client = createVaultClient(baseUrl, vault.options);
    const seen: string[] = [];
    const breaks: unknown[] = [];
    const options = { name, resumeToken: "4", onBreak: (error: unknown) => breaks.push(error) };
    for await (const event of followVault(client.vault, options)) {
      seen.push(event.resource);
      if (seen.length === 2) script.cause = undefined;
      if (seen.length === 4) script.cause = "key_revoked";
    }
    expect(seen).toEqual([...executions(5, 6, 7, 8, 9, 10), "key_revoked"]);
    expect(vault.opened[0]).toBe("4");
    expect(breaks.map((error) => untrustedOf(error)?.failure)).toEqual(
      breaks.map(() => "stream_truncated"),
    );
  });

  test("does not go on with a gateway that alters", async () => {
    const meddle = withFrame(2, replaceText("executions/", "executions-"));
    const vault = await makeVault({ changes: 3, cause: "lease" }, meddle);
    const client = createVaultClient(baseUrl, vault.options);
    const all = Array.fromAsync(followVault(client.vault, { name, resumeToken: "7" }));
    const error = await all.catch((error: unknown) => untrustedOf(error)?.failure);
    expect(error).toBe("stream_altered");
    expect(vault.opened).toHaveLength(1);
  });

  test("ends when the caller does not want it any more", async () => {
    const vault = await makeVault({ changes: 1, cause: undefined });
    const client = createVaultClient(baseUrl, vault.options);
    const enough = new AbortController();
    const seen: string[] = [];
    const options = { name, resumeToken: "7", signal: enough.signal };
    for await (const event of followVault(client.vault, options)) {
      seen.push(event.resource);
      if (seen.length === 2) enough.abort();
    }
    expect(seen).toEqual(executions(8, 9));
  });
});
