import { describe, expect, test } from "vitest";
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
