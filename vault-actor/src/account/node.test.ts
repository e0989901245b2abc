import { describe, expect, test, vi } from "vitest";
import { createRpc } from "./node.ts";

type Answer = { readonly status?: number; readonly body: unknown } | "unreachable";

/** Endpoints that give one answer each; `asked` lists those that were asked. */
function endpoints(answers: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  const fetch = async (url: string) => {
    asked.push(url);
    const answer = answers[url];
    if (answer === undefined || answer === "unreachable") throw new TypeError("connect");
    const { status = 200, body } = answer;
    return typeof body === "string"
      ? new Response(body, { status })
      : Response.json(body as object, { status });
  };
  return { rpc: createRpc(fetch, Object.keys(answers)), asked };
}

const works: Answer = { body: { jsonrpc: "2.0", id: 1, result: "0x1" } };
const error = { code: 3, message: "execution reverted", data: "0x08c379a0" };

describe("asking a chain", () => {
  test.each<[string, Answer]>([
    ["is unreachable", "unreachable"],
    ["answers with no JSON", { body: "<html>" }],
    ["is overloaded", { status: 429, body: { error: { code: -32005, message: "slow down" } } }],
    ["is broken", { status: 502, body: { error: { code: -32000, message: "bad gateway" } } }],
    ["answers nothing", { body: { jsonrpc: "2.0", id: 1 } }],
  ])("an endpoint that %s is passed over", async (_, bad) => {
    const { rpc, asked } = endpoints({ a: bad, b: works });
    expect(await rpc("eth_blockNumber", [])).toEqual({ kind: "ok", value: "0x1" });
    expect(asked).toEqual(["a", "b"]);
    expect(await endpoints({ a: bad }).rpc("eth_blockNumber", [])).toMatchObject({
      kind: "retry",
    });
  });

  test("what the chain refuses is final, and no other endpoint is asked", async () => {
    const { rpc, asked } = endpoints({ a: { body: { error } }, b: works });
    expect(await rpc("eth_call", [])).toEqual({
      kind: "final",
      reason: "execution reverted",
      code: 3,
      data: "0x08c379a0",
    });
    expect(asked).toEqual(["a"]);
  });
});

describe("the health of endpoints", () => {
  test("one that failed twice is asked last, and first again when it is back", async () => {
    const book = new Map();
    let nowMs = 1_000;
    let isBack = false;
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      if (url === "a" && !isBack) throw new TypeError("connect");
      return Response.json({ result: url });
    };
    const rpc = createRpc(fetch, ["a", "b"], { book, now: () => nowMs });
    const ask = async () => {
      asked.length = 0;
      await rpc("eth_blockNumber", []);
      return asked.join("");
    };
    expect(await ask()).toBe("ab");
    // It failed once: the other one is asked first, and is enough.
    expect(await ask()).toBe("b");
    book.set("a", { ...book.get("a"), failures: 2, pausedUntilMs: nowMs + 2_000 });
    expect(await ask()).toBe("b");
    nowMs += 2_000;
    expect(await ask()).toBe("ab");
    // Its pause is longer now, and the first call after it finds that it is back.
    nowMs += 4_000;
    isBack = true;
    expect(await ask()).toBe("a");
    expect(await ask()).toBe("a");
  });

  test("trouble is another one's turn, and a retry when all have it", async () => {
    const trouble: Answer = { body: { error: { code: -32005, message: "limit exceeded" } } };
    const { rpc, asked } = endpoints({ a: trouble, b: works });
    expect(await rpc("eth_call", [])).toMatchObject({ kind: "ok" });
    expect(asked).toEqual(["a", "b"]);
    expect(await endpoints({ a: trouble }).rpc("eth_call", [])).toMatchObject({ kind: "retry" });
  });

  test("a question for logs that is too wide is the question's trouble, and final", async () => {
    const message = "query returned more than 10000 results";
    const wide: Answer = { body: { error: { code: -32005, message } } };
    expect(await endpoints({ a: wide }).rpc("eth_getLogs", [])).toMatchObject({ kind: "final" });
  });

  test("what one node does not know another may; what none knows is final", async () => {
    const unknown: Answer = { body: { error: { code: -32601, message: "no such method" } } };
    expect(await endpoints({ a: unknown, b: works }).rpc("eth_x", [])).toMatchObject({
      kind: "ok",
    });
    expect(await endpoints({ a: unknown, b: unknown }).rpc("eth_x", [])).toMatchObject({
      kind: "final",
      code: -32601,
    });
    expect(await endpoints({ a: unknown, b: "unreachable" }).rpc("eth_x", [])).toMatchObject({
      kind: "final",
    });
  });

  test("a call that is cut off asks nobody else, and says nothing of an endpoint's health", async () => {
    const book = new Map();
    const cut = new AbortController();
    const asked: string[] = [];
    const fetch = (url: string, { signal }: RequestInit) => {
      asked.push(url);
      return new Promise<Response>((_, reject) => {
        signal?.addEventListener("abort", () => reject(new DOMException("cut", "AbortError")));
      });
    };
    const answer = createRpc(fetch, ["a", "b"], { book, now: () => 0 })("x", [], cut.signal);
    cut.abort();
    expect(await answer).toMatchObject({ kind: "retry" });
    expect(asked).toEqual(["a"]);
    expect(book.size).toBe(0);
  });

  test("an endpoint that says nothing has four seconds while another is left, else eight", async () => {
    vi.useFakeTimers();
    const asked: string[] = [];
    const fetch = (url: string, { signal }: RequestInit) => {
      asked.push(url);
      return new Promise<Response>((_, reject) => {
        signal?.addEventListener("abort", () => reject(new DOMException("late", "AbortError")));
      });
    };
    const answer = createRpc(fetch, ["a", "b"])("eth_call", []);
    await vi.advanceTimersByTimeAsync(3_999);
    expect(asked).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual(["a", "b"]);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(await answer).toMatchObject({ kind: "retry" });
    vi.useRealTimers();
  });
});
