/** Which reads go on when they are asked by GET, and which URLs are none. */
import { describe, expect, test } from "vitest";
import { SignalService } from "#gen/signal/v1/signal_service";
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { isRead } from "./access.ts";
import { maxUrlLength } from "./query.ts";
import { receive, turnAway } from "./receive.ts";
import { serviceRoutes, vaultRoutes } from "./screen.ts";

const origin = "https://api.metavault.example";
const service = "/metavault.signal.v1.SignalService";
const routes = new Map([
  ...vaultRoutes([VaultService, TriggerService]),
  ...serviceRoutes([SignalService]),
]);
const good = "connect=v1&encoding=json&message=%7B%7D";
const take = (request: Request) =>
  receive(request, routes, { origins: new Set([origin]), nowMs: 1_800_000_000_000 });
const outcome = async (query: string, path = `${service}/GetSnapshot`, method = "GET") => {
  const result = await take(new Request(`${origin}${path}?${query}`, { method }));
  if (result.ok) return "goes on";
  return result.error.metadata.field ?? result.error.reason;
};
const padded = (length: number) => {
  const bare = `${origin}${service}/GetSnapshot?${good}`;
  return `${good}${"a".repeat(length - bare.length)}`;
};

describe("a read's URL", () => {
  test.each<readonly [string, string, string]>([
    ["as the protocol has it", good, "goes on"],
    ["without the protocol's version", "encoding=proto&message=", "goes on"],
    ["in base64", "encoding=proto&base64=1&message=CAE", "goes on"],
    ["that says that nothing is compressed", `${good}&compression=identity`, "goes on"],
    ["of the largest length", padded(maxUrlLength), "goes on"],
    ["of a character more", padded(maxUrlLength + 1), "BODY_TOO_LARGE"],
    ["compressed", `${good}&compression=gzip`, "CONTENT_TYPE_UNSUPPORTED"],
    ["with more than the protocol names", `${good}&utm_source=x`, "query.utm_source"],
    ["with a name of every object", `${good}&constructor=x`, "query.constructor"],
    ["with two messages", `${good}&message=%7B%7D`, "query.message"],
    ["of another version", good.replace("v1", "v2"), "query.connect"],
    ["of another base", `${good}&base64=2`, "query.base64"],
    ["of another format", good.replace("json", "xml"), "CONTENT_TYPE_UNSUPPORTED"],
    ["without a format", "message=", "BODY_MALFORMED"],
    ["without a message", "encoding=json", "BODY_MALFORMED"],
    ["without anything", "", "BODY_MALFORMED"],
  ])("%s", async (_, query, expected) => expect(await outcome(query)).toBe(expected));
});

test("only the public reads of the signals may be asked by GET", async () => {
  const byGet = await Promise.all(
    [...routes.keys()].map(async (path) => [path, await outcome(good, path)] as const),
  );
  const served = byGet.filter(([, result]) => result === "goes on").map(([path]) => path);
  const wanted = SignalService.methods
    .filter((method) => isRead(method) && method.methodKind === "unary")
    .filter(({ name }) => name !== "GetOverview")
    .map(({ name }) => `${service}/${name}`);
  expect(served.sort()).toEqual(wanted.sort());
  expect(wanted.length).toBe(6);
  const others = byGet.filter(([, result]) => result !== "goes on");
  expect(others.every(([, result]) => result === "CONTENT_TYPE_UNSUPPORTED")).toBe(true);
});

test.each(["HEAD", "PUT", "DELETE", "OPTIONS"])("%s is not served", async (method) => {
  expect(await outcome(good, undefined, method)).toBe("CONTENT_TYPE_UNSUPPORTED");
});

test("a type of a body that is not there is neither passed on nor gone by", async () => {
  const url = `${origin}${service}/GetSnapshot?${good}`;
  const request = new Request(url, {
    headers: { "content-type": "application/grpc-web+proto", "if-none-match": '"x"' },
  });
  const taken = await take(request);
  if (!taken.ok) return expect.unreachable(taken.error.detail);
  const { onward } = taken.value;
  expect([onward.method, onward.url]).toEqual(["GET", url]);
  expect(onward.headers.get("content-type")).toBeNull();
  expect(onward.headers.get("if-none-match")).toBe('"x"');
  const refused = turnAway(
    request,
    { reason: "BODY_MALFORMED", detail: "", metadata: {} },
    "GATEWAY",
  );
  expect(refused.status).toBe(400);
  expect(refused.headers.get("content-type")).toBe("application/json");
  expect(refused.headers.get("cache-control")).toContain("no-store");
});
