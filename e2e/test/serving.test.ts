/** Signals as everybody gets them: by GET with validators, by pulls, by a stream; and publishing. */
import { create, toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { followSignals } from "#client/follow-signals";
import { createPublisherClient } from "#client/publisher-client";
import { createSignalClient } from "#client/signal-client";
import { PublishObservationsRequestSchema } from "#gen/signal/v1/publish_messages";
import { reasonOf } from "#protocol/errors";
import { verifyEntry, verifyManifest } from "#protocol/manifest";
import { signRequest } from "#protocol/proof/sign";
import { generateEd25519Signer, type Signer } from "#protocol/proof/signer";
import { customSeries } from "../../signals-service/test/support/custom-series.ts";
import { costOfPulls } from "../scenario/pulls.ts";
import { refusalOf, send } from "../scenario/raw-call.ts";
import { pauseAll } from "../stack/pause.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { waitFor } from "../stack/wait.ts";

let stack: Stack;
let acme: Signer;
beforeAll(async () => {
  acme = await generateEd25519Signer();
  const publishers = [
    { keyId: acme.keyId, namespace: "acme", series: [customSeries("custom.acme.a@v1")] },
  ];
  stack = await startStack({
    name: "serving",
    persistent: false,
    progress: () => {},
    callsPerMinute: 1_000_000,
    signals: { PUBLISHERS: JSON.stringify(publishers) },
  });
});
afterAll(() => stack?.stop());

const eth = "market.price.eth.usd@v1";
const service = "metavault.signal.v1.SignalService";

/** Reads by GET. */
const get = (
  method: string,
  message: Record<string, unknown>,
  headers: Record<string, string> = {},
  encoding = "json",
) => {
  const text = encoding === "json" ? JSON.stringify(message) : "";
  const query = new URLSearchParams({ connect: "v1", encoding, message: text });
  return fetch(`${stack.baseUrl}/${service}/${method}?${query}`, { headers });
};
const reasonIn = async (response: Response) => (await refusalOf(response)).reason;

describe("a read by GET", () => {
  test("is answered like one by POST, and says how long it holds", async () => {
    const response = await get("BatchGetObservations", { names: [`series/${eth}`] });
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toMatch(
      /^public, max-age=[01], must-revalidate$/,
    );
    expect(response.headers.get("etag")).toMatch(/^"[A-Za-z0-9_-]{43}"$/);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const { entries } = (await response.json()) as { entries: string[] };
    expect(entries).toHaveLength(1);
  });

  test("is not answered again to who has the answer; a later round has another tag", async () => {
    const first = await get("GetSeries", { name: `series/${eth}` });
    const etag = first.headers.get("etag") ?? "";
    const again = await get("GetSeries", { name: `series/${eth}` }, { "if-none-match": etag });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect(again.headers.get("etag")).toBe(etag);
    expect(again.headers.get("cache-control")).toContain("public");
    const round = await get("GetSnapshot", {});
    const tag = round.headers.get("etag") ?? "";
    const later = await waitFor("another round", async () => {
      const answer = await get("GetSnapshot", {}, { "if-none-match": tag });
      return answer.status === 200 ? answer : undefined;
    });
    expect(later.headers.get("etag")).not.toBe(tag);
  });

  test("has a tag for each format", async () => {
    const [json, proto] = await Promise.all([
      get("ListSeries", {}),
      get("ListSeries", {}, {}, "proto"),
    ]);
    expect(proto.headers.get("content-type")).toBe("application/proto");
    expect(json.headers.get("etag")).not.toBe(proto.headers.get("etag"));
  });

  test("of what is over may be kept for longer", async () => {
    const endTime = new Date(Date.now() - 3_600_000).toISOString();
    const response = await get("ListObservations", { parent: `series/${eth}`, endTime });
    expect(response.headers.get("cache-control")).toBe("public, max-age=3600, must-revalidate");
  });

  test("that fails is kept nowhere, and neither is what comes by POST", async () => {
    const unknown = await get("GetSeries", { name: "series/no.such@v1" });
    expect(unknown.headers.get("cache-control")).toContain("no-store");
    expect(await reasonIn(unknown)).toBe("NOT_FOUND");
    const malformed = await fetch(
      `${stack.baseUrl}/${service}/GetSeries?encoding=json&message=%7B`,
    );
    expect(malformed.headers.get("cache-control")).toContain("no-store");
    expect(await reasonIn(malformed)).toBe("BODY_MALFORMED");
    const post = await fetch(`${stack.baseUrl}/${service}/ListSeries`, {
      method: "POST",
      headers: { "content-type": "application/json", "if-none-match": "*" },
      body: "{}",
    });
    expect([post.status, post.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(post.headers.get("etag")).toBeNull();
  });

  test("of a vault, or of the overview, is not served", async () => {
    const query = "encoding=json&message=%7B%7D";
    for (const path of [`${service}/GetOverview`, "metavault.vault.v1.VaultService/GetVault"]) {
      const response = await fetch(`${stack.baseUrl}/${path}?${query}`);
      expect(response.headers.get("cache-control")).toContain("no-store");
      expect(await reasonIn(response)).toBe("CONTENT_TYPE_UNSUPPORTED");
    }
  });

  test("is what the SDK makes", async () => {
    const asked: string[] = [];
    const original = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      // What else runs in this process asks the chain.
      if (String(input).startsWith(stack.baseUrl)) asked.push(init?.method ?? "");
      return original(input, init);
    };
    try {
      await createSignalClient(stack.baseUrl).getSnapshot({});
    } finally {
      globalThis.fetch = original;
    }
    expect(asked).toEqual(["GET"]);
  });
});

describe("many pulls", () => {
  test("cost the database a few reads a round, however many there are", async () => {
    const cost = await costOfPulls(stack, { pulls: 2000, atOnce: 32, overMs: 5000 });
    console.log(
      `${cost.pulls} pulls in ${cost.seconds.toFixed(1)} s, over ${cost.rounds} rounds: ` +
        `${cost.reads} reads of the database, ${Math.round(cost.maxMs)} ms at most`,
    );
    expect(cost.rounds).toBeGreaterThanOrEqual(3);
    expect(cost.reads).toBeGreaterThan(0);
    // One when the round is due, and a few more while it is late: not one a pull.
    expect(cost.reads).toBeLessThanOrEqual(10 * (cost.rounds + 1));
  });

  test("tell when to ask again: not before the series can say anything new", async () => {
    const client = createSignalClient(stack.baseUrl);
    const ms = async (...ids: string[]) => {
      const names = ids.map((id) => `series/${id}`);
      const { nextPublishTime } = await client.batchGetObservations({ names });
      return Number(nextPublishTime?.seconds ?? 0n) * 1000 - Date.now();
    };
    const [slow, quick] = [await ms("geo.cii.ua@v8"), await ms("geo.cii.ua@v8", eth)];
    expect(quick).toBeLessThan(2500);
    // Its source is asked every ten minutes, which are ten seconds here.
    expect(slow).toBeLessThan(12_000);
    expect(await ms("custom.acme.a@v1")).toBeLessThan(2500);
  });
});

describe("watching", () => {
  test("tells every round as it is published, through the gateway, verified", async () => {
    const enough = new AbortController();
    const rounds: bigint[] = [];
    const follow = followSignals(createSignalClient(stack.baseUrl), {
      names: [`series/${eth}`, "series/not.there@v1"],
      feedKeyId: stack.secrets.feedKeyId,
      signal: enough.signal,
    });
    for await (const { round, entries } of follow) {
      rounds.push(round);
      expect([...entries.keys()]).toEqual([eth]);
      expect(entries.get(eth)?.observation?.value).toBeDefined();
      if (rounds.length === 4) enough.abort();
    }
    expect(rounds).toHaveLength(4);
    expect(rounds).toEqual([...rounds].sort((a, b) => Number(a - b)));
    expect(new Set(rounds).size).toBe(4);
  });

  test("refuses what no stream can begin with", async () => {
    const client = createSignalClient(stack.baseUrl);
    const outcome = (names: string[]) =>
      Array.fromAsync(client.watchObservations({ names })).then(() => "ok", reasonOf);
    expect(await outcome([])).toBe("FIELD_INVALID");
    expect(await outcome(["nope"])).toBe("FIELD_INVALID");
  });
});

describe("a publisher", () => {
  const said = (value: string) => ({
    name: "series/custom.acme.a@v1",
    value,
    observeTime: timestampFromMs(Date.now()),
  });

  test("is in a round that everybody can verify", async () => {
    const publisher = createPublisherClient(stack.baseUrl, { signer: acme });
    const [observation] = await publisher.publish([said("42.5")]);
    expect(observation).toMatchObject({ series: "custom.acme.a@v1", value: "42.5" });
    const value = await waitFor("a round has it", async () => {
      const { signedManifest, entries } = await createSignalClient(
        stack.baseUrl,
      ).batchGetObservations({ names: ["series/custom.acme.a@v1"] });
      if (signedManifest === undefined) return undefined;
      const manifest = await verifyManifest(signedManifest, stack.secrets.feedKeyId);
      if (!manifest.ok) throw new Error(manifest.error);
      const bytes = entries[0] ?? new Uint8Array();
      const entry = await verifyEntry(bytes, "custom.acme.a@v1", manifest.value);
      return entry.ok ? entry.value.observation?.value : undefined;
    });
    expect(value).toBe("42.5");
  });

  test("that nobody enrolled is refused by the service itself", async () => {
    const signer = await generateEd25519Signer();
    const publisher = createPublisherClient(stack.baseUrl, { signer });
    expect(await publisher.publish([said("1")]).then(() => "ok", reasonOf)).toBe("PROOF_REJECTED");
  });

  test("is heard once: its request, kept and sent again, is refused", async () => {
    const request = create(PublishObservationsRequestSchema, {
      requestId: "kept-by-somebody",
      observations: [said("43")],
    });
    const signed = await signRequest(
      {
        method: "POST",
        url: `${stack.baseUrl}/${service}/PublishObservations`,
        headers: new Headers({ "content-type": "application/json" }),
        body: new TextEncoder().encode(
          toJsonString(PublishObservationsRequestSchema, request),
        ) as Uint8Array<ArrayBuffer>,
      },
      { signer: acme, vaultId: "signals", nowMs: Date.now() },
    );
    expect((await send(signed)).status).toBe(200);
    const { refusedBy, metadata } = await refusalOf(await send(signed));
    expect([refusedBy, metadata.proof]).toEqual(["signals", "nonce_reused"]);
  });
});

describe("while the database is away", () => {
  /** Pulls for a time; returns the longest that one took, in milliseconds. */
  const pullFor = async (ms: number) => {
    const client = createSignalClient(stack.baseUrl);
    const endMs = Date.now() + ms;
    let longest = 0;
    const lane = async () => {
      while (Date.now() < endMs) {
        const startMs = performance.now();
        const { signedManifest } = await client.batchGetObservations({ names: [`series/${eth}`] });
        expect(signedManifest).toBeDefined();
        longest = Math.max(longest, performance.now() - startMs);
      }
    };
    await Promise.all(Array.from({ length: 4 }, lane));
    return longest;
  };
  const currentRound = async () => {
    const { signedManifest } = await createSignalClient(stack.baseUrl).batchGetObservations({
      names: [`series/${eth}`],
    });
    if (signedManifest === undefined) throw new Error("no round");
    const manifest = await verifyManifest(signedManifest, stack.secrets.feedKeyId);
    if (!manifest.ok) throw new Error(manifest.error);
    return manifest.value.round;
  };

  test.each([
    [
      "killed",
      async () => {
        await stack.kill(["postgres"]);
        return () => stack.restart(undefined, ["postgres"]);
      },
    ],
    [
      "standing still",
      async () => {
        const goOn = pauseAll(stack.instance.pidOf("postgres") ?? 0);
        return async () => goOn();
      },
    ],
  ] as const)("%s, the last round is served, and nobody waits long", async (_, takeAway) => {
    const before = await currentRound();
    const comeBack = await takeAway();
    try {
      expect(await pullFor(6000)).toBeLessThan(3000);
      expect(await currentRound()).toBeGreaterThanOrEqual(before);
    } finally {
      await comeBack();
    }
    const stood = await currentRound();
    await waitFor("rounds go on", async () => ((await currentRound()) > stood ? true : undefined), {
      timeoutMs: 20_000,
    });
  });
});
