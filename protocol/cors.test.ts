/** What a page may send and read: all that a proof covers, and no credential of the browser. */
import { expect, test } from "vitest";
import { preflight, withCors } from "./cors.ts";
import { requiredComponents, responseHeaderNames, semanticFields } from "./proof/coverage.ts";

const every: ReadonlySet<string> = new Set(["*"]);
const asked = (fields: Record<string, string> = {}) =>
  new Request("https://api.example/a.B/C", {
    method: "OPTIONS",
    headers: { origin: "https://app.example", "access-control-request-method": "POST", ...fields },
  });
const listed = (headers: Headers, name: string) =>
  (headers.get(name) ?? "").split(",").map((item) => item.trim().toLowerCase());

test("a page may send every field that a proof covers, and the proof", () => {
  const answer = preflight(asked(), every) ?? expect.unreachable("no preflight");
  const fields = [...requiredComponents, ...semanticFields, "signature", "signature-input"].filter(
    (name) => !name.startsWith("@"),
  );
  expect(listed(answer.headers, "access-control-allow-headers")).toEqual(
    expect.arrayContaining(fields),
  );
  expect(listed(answer.headers, "access-control-allow-methods")).toEqual(["post"]);
  expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
});

test("a page may read what the vault signed, and its signature", () => {
  const request = new Request("https://api.example", {
    headers: { origin: "https://app.example" },
  });
  const { headers } = withCors(new Response("x"), request, every);
  expect(listed(headers, "access-control-expose-headers")).toEqual(
    expect.arrayContaining([...responseHeaderNames]),
  );
});

test("only the pages that are named", () => {
  const named = new Set(["https://app.example"]);
  const origin = "access-control-allow-origin";
  expect(preflight(asked(), named)?.headers.get(origin)).toBe("https://app.example");
  const other = asked({ origin: "https://evil.example" });
  expect(preflight(other, named)?.headers.has(origin)).toBe(false);
});

test("a call is no preflight", () => {
  const call = new Request("https://api.example/a.B/C", { method: "POST", body: "{}" });
  expect(preflight(call, every)).toBeUndefined();
  const bare = new Request("https://api.example/a.B/C", { method: "OPTIONS" });
  expect(preflight(bare, every)).toBeUndefined();
});

test("what a cache may keep says the same to whoever asks next", () => {
  const named = new Set(["https://app.example"]);
  const read = (fields: Record<string, string> = {}) =>
    new Request("https://api.example/a.B/C?message=", { headers: fields });
  const { headers } = withCors(new Response("x"), read(), every);
  expect(headers.get("access-control-allow-origin")).toBe("*");
  expect(listed(headers, "access-control-expose-headers")).toContain("etag");
  expect(headers.has("vary")).toBe(false);
  for (const fields of [
    {},
    { origin: "https://app.example" },
    { origin: "https://evil.example" },
  ]) {
    expect(withCors(new Response("x"), read(fields), named).headers.get("vary")).toBe("origin");
  }
  const unchanged = new Response(null, { status: 304, headers: { etag: '"a"' } });
  const answer = withCors(unchanged, read(), every);
  expect([answer.status, answer.body, answer.headers.get("etag")]).toEqual([304, null, '"a"']);
});
