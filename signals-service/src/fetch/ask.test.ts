import { describe, expect, test } from "vitest";
import { ok } from "#protocol/result";
import type { AskRequest, Source } from "../source/source.ts";
import { askSource, createAsker } from "./ask.ts";
import { type Fetch, maxBytes } from "./request.ts";

const nowMs = 1_800_000_000_000;
const secret = "s3cret";

/** A source that asks for its requests one after the other, and says nothing. */
function source(id: string, requests: readonly AskRequest[], account = "account"): Source {
  return {
    id,
    account,
    periodMs: 60_000,
    series: [],
    async read(ask) {
      for (const request of requests) {
        const answer = await ask(request);
        if (!answer.ok) return answer;
      }
      return ok({ readings: [], events: [] });
    },
  };
}

const one = source("one", [{ url: `https://a.example/?key=${secret}`, headers: { key: secret } }]);
const asked = (fetch: Fetch) => askSource(fetch, one, () => nowMs);

const hanging = () =>
  new Response(
    new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode("{")) }),
  );

function asker(fetch: Fetch, timeoutMs = 20) {
  const calls: string[] = [];
  const take = async (account: string) => {
    calls.push(account);
    return ok(undefined);
  };
  const deps = { fetch, now: () => nowMs, timeoutMs, untilMs: nowMs + 1_000, take };
  return { ask: createAsker(deps), calls };
}

describe("P4, P11: an answer that is none is a failure with its reason, and no reading", () => {
  const after = { "retry-after": "90" };
  test.each<readonly [string, () => Response, object]>([
    ["a 429", () => new Response("{}", { status: 429 }), { reason: "rate_limited" }],
    [
      "a 429 that says when",
      () => new Response("[]", { status: 429, headers: after }),
      { reason: "rate_limited", retryMs: nowMs + 90_000 },
    ],
    [
      "a 503 that says when",
      () => new Response("{}", { status: 503, headers: after }),
      { reason: "unavailable", retryMs: nowMs + 90_000 },
    ],
    ["a 401", () => Response.json({}, { status: 401 }), { reason: "refused" }],
    ["a 404", () => Response.json({}, { status: 404 }), { reason: "refused" }],
    ["no content", () => new Response(null, { status: 204 }), { reason: "refused" }],
    ["a redirect", () => Response.redirect("https://b.example", 302), { reason: "refused" }],
    ["HTML", () => new Response("<html>Sorry</html>"), { reason: "malformed" }],
    ["nothing", () => new Response(""), { reason: "malformed" }],
    ["not UTF-8", () => new Response(new Uint8Array([0x22, 0xff, 0x22])), { reason: "malformed" }],
    ["too much", () => new Response(new Uint8Array(maxBytes + 1)), { reason: "too_large" }],
  ])("%s", async (_, answer, failure) => {
    expect(await asked(async () => answer())).toMatchObject({ kind: "failed", failure });
  });

  test("redirects are not followed", async () => {
    const inits: RequestInit[] = [];
    await asked(async (_, init) => {
      inits.push(init);
      return Response.json({});
    });
    expect(inits).toMatchObject([{ redirect: "manual" }]);
  });

  test("too much is not read to its end", async () => {
    let chunks = 0;
    const body = new ReadableStream({
      pull(stream) {
        chunks++;
        stream.enqueue(new Uint8Array(1_048_576));
      },
    });
    expect(await asked(async () => new Response(body))).toMatchObject({
      failure: { reason: "too_large" },
    });
    expect(chunks).toBeLessThan(12);
  });

  test.each<readonly [string, Fetch]>([
    ["never answers", () => new Promise(() => undefined)],
    ["answers half", async () => hanging()],
  ])("an upstream that %s", async (_, fetch) => {
    const { ask } = asker(fetch);
    expect(await ask(one)).toMatchObject({ failure: { reason: "timeout" } });
  });

  test("what fails tells no secrets", async () => {
    const faulty = async () => {
      throw new Error(`can't reach https://a.example/?key=${secret}`);
    };
    const outcomes = await Promise.all([
      asked(faulty),
      asked(async () => new Response(secret, { status: 403 })),
      asked(async () => new Response(`<html>${secret}`)),
    ]);
    for (const outcome of outcomes) {
      expect(outcome.kind).toBe("failed");
      expect(JSON.stringify(outcome.kind === "failed" && outcome.failure)).not.toContain(secret);
    }
  });

  test("a source that throws is a failure", async () => {
    const bad: Source = { ...one, read: () => Promise.reject(new TypeError("no such field")) };
    const outcome = await askSource(
      async () => Response.json({}),
      bad,
      () => nowMs,
    );
    expect(outcome).toMatchObject({ kind: "failed", failure: { reason: "unexpected" } });
  });
});

describe("one run", () => {
  const health = { url: "https://a.example/health", headers: { key: "k" } };
  const other = { url: "https://a.example/other", headers: { key: "k" } };

  test("P11: makes the same request of an account once, and counts it once", async () => {
    let made = 0;
    const { ask, calls } = asker(async () => Response.json({ made: ++made }));
    const outcomes = await Promise.all([
      ask(source("a", [health, other])),
      ask(source("b", [other, health])),
      ask(source("c", [health], "another")),
      ask(source("d", [{ ...health, headers: { key: "l" } }])),
      ask(source("e", [{ ...health, body: "{}" }])),
    ]);
    expect(made).toBe(5);
    expect(calls.toSorted()).toEqual(["account", "account", "account", "account", "another"]);
    const payloads = outcomes.map((outcome) => outcome.kind === "ok" && outcome.payloads.length);
    expect(payloads).toEqual([2, 2, 1, 1, 1]);
  });

  test("P11: asks an account that turned us away no more", async () => {
    const urls: string[] = [];
    const { ask } = asker(async (url) => {
      urls.push(url);
      return new Response("", { status: 429, headers: { "retry-after": "60" } });
    });
    const outcomes = [await ask(source("a", [health])), await ask(source("b", [other]))];
    expect(urls).toEqual([health.url]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        failure: { reason: "rate_limited", retryMs: nowMs + 60_000 },
      });
    }
  });

  test("leaves an upstream alone that owes three answers, but not for one that hangs", async () => {
    const fetchHanging = (good: boolean) => {
      let made = 0;
      const fetch: Fetch = (url) => {
        made++;
        return good && url === other.url
          ? Promise.resolve(Response.json({}))
          : new Promise(() => undefined);
      };
      return { fetch, made: () => made };
    };
    for (const good of [false, true]) {
      const { fetch, made } = fetchHanging(good);
      const { ask } = asker(fetch);
      await ask(source("good", [other]));
      for (let i = 0; i < 5; i++) await ask(source(`s${i}`, [{ url: `${health.url}/${i}` }]));
      expect(made()).toBe(good ? 6 : 3);
    }
  });

  test("a call that the quota forbids is not made", async () => {
    const failure = { reason: "quota", detail: "used up", retryMs: nowMs + 5 } as const;
    const fetch = () => expect.unreachable("asked");
    const take = async () => ({ ok: false, error: failure }) as const;
    const deps = { fetch, now: () => nowMs, timeoutMs: 20, untilMs: nowMs + 1_000, take };
    expect(await createAsker(deps)(one)).toMatchObject({ kind: "failed", failure });
  });

  test("nothing begins after its end", async () => {
    const late = createAsker({
      fetch: () => expect.unreachable("asked"),
      now: () => nowMs,
      timeoutMs: 20,
      untilMs: nowMs,
      take: async () => ok(undefined),
    });
    expect(await late(one)).toMatchObject({ failure: { reason: "timeout" } });
  });
});
