import { expect, test } from "vitest";
import { conditional } from "./conditional.ts";

const answer = (text: string, type = "application/json", cache = "public, max-age=5") => ({
  status: 200,
  headers: new Headers({ "content-type": type, "cache-control": cache, "content-length": "1" }),
  body: new Uint8Array(new TextEncoder().encode(text)),
});
const tagOf = async (...of: Parameters<typeof answer>) =>
  (await conditional(answer(...of), null)).headers.get("etag") ?? "";

test("a tag is strong, and follows from the content and its format", async () => {
  const tag = await tagOf("{}");
  expect(tag).toMatch(/^"[A-Za-z0-9_-]{43}"$/);
  expect(await tagOf("{}")).toBe(tag);
  expect(await tagOf("{} ")).not.toBe(tag);
  expect(await tagOf("{}", "application/proto")).not.toBe(tag);
});

test("who has it gets no body", async () => {
  const tag = await tagOf("{}");
  for (const list of [tag, `W/${tag}`, `"x", ${tag}`, "*"]) {
    const { status, headers, body } = await conditional(answer("{}"), list);
    expect([status, body]).toEqual([304, new Uint8Array()]);
    expect([headers.get("etag"), headers.get("cache-control")]).toEqual([tag, "public, max-age=5"]);
    expect(headers.has("content-length")).toBe(false);
  }
  for (const list of [null, "", '"x"', tag.slice(1, -1), `${'"x",'.repeat(2000)}${tag}`]) {
    expect((await conditional(answer("{}"), list)).status).toBe(200);
  }
});

test("what no cache may keep has no tag", async () => {
  const kept = await conditional(answer("{}", undefined, "no-store"), "*");
  expect([kept.status, kept.headers.has("etag")]).toEqual([200, false]);
  const failed = await conditional({ ...answer("{}"), status: 503 }, "*");
  expect([failed.status, failed.headers.has("etag")]).toEqual([503, false]);
});
