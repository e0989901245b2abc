import { expect, test } from "vitest";
import { screen } from "#protocol/screen";
import { routes } from "./routes.ts";

const path = "/metavault.vault.v1.VaultService/GetVault";
const proof = {
  "content-type": "application/json",
  "metavault-id": "eip155:8453:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
  "content-digest": `sha-256=:${"A".repeat(43)}=:`,
  signature: "mv=:AAAA:",
  "signature-input": 'mv=("@method");tag="metavault-v1"',
};
const request = (changes: Record<string, string | undefined> = {}, to = path, method = "POST") => {
  const headers = new Headers();
  for (const [name, value] of Object.entries({ ...proof, ...changes })) {
    if (value !== undefined) headers.set(name, value);
  }
  return new Request(`https://api.example${to}`, {
    method,
    headers,
    ...(method === "POST" ? { body: "{}" } : {}),
  });
};
const outcome = (candidate: Request) => {
  const result = screen(candidate, routes);
  if (!result.ok) return result.error.reason;
  return result.value.audience ?? "anybody";
};

test.for<readonly [string, Request, string]>([
  ["a call to a vault", request(), "vault"],
  [
    "a call to the signals, without any proof",
    new Request("https://api.example/metavault.signal.v1.SignalService/GetSnapshot", {
      method: "POST",
      headers: { "content-type": "application/proto" },
    }),
    "anybody",
  ],
  [
    "a call with a service's key",
    request({ "metavault-id": "signals" }, "/metavault.signal.v1.SignalService/GetOverview"),
    "signals",
  ],
  [
    "one that is signed for a vault",
    request({}, "/metavault.signal.v1.SignalService/PublishObservations"),
    "HEADER_INVALID",
  ],
  ["a vault's, signed for the signals", request({ "metavault-id": "signals" }), "HEADER_INVALID"],
  ["gRPC-Web", request({ "content-type": "application/grpc-web+proto" }), "vault"],
  ["a charset", request({ "content-type": "application/json; charset=utf-8" }), "vault"],
  [
    "a stream",
    request(
      { "content-type": "application/connect+proto" },
      "/metavault.vault.v1.VaultService/WatchVault",
    ),
    "vault",
  ],
  [
    "a stream as a unary call",
    request({}, "/metavault.vault.v1.VaultService/WatchVault"),
    "CONTENT_TYPE_UNSUPPORTED",
  ],
  ["GET", request({}, path, "GET"), "CONTENT_TYPE_UNSUPPORTED"],
  [
    "a method of nobody",
    request({}, "/metavault.vault.v1.VaultService/getVault"),
    "METHOD_UNKNOWN",
  ],
  ["an internal service", request({}, "/metavault.internal.v1.X/Y"), "METHOD_UNKNOWN"],
  ["native gRPC", request({ "content-type": "application/grpc" }), "CONTENT_TYPE_UNSUPPORTED"],
  ["identity is no encoding", request({ "content-encoding": "identity" }), "vault"],
  ["a compressed body", request({ "content-encoding": "br" }), "CONTENT_TYPE_UNSUPPORTED"],
  ["a length above the limit", request({ "content-length": "1048577" }), "BODY_TOO_LARGE"],
  ["no vault", request({ "metavault-id": undefined }), "HEADER_INVALID"],
  [
    "two vaults",
    request({ "metavault-id": `${proof["metavault-id"]}, ${proof["metavault-id"]}` }),
    "HEADER_INVALID",
  ],
  ["no signature", request({ signature: undefined }), "PROOF_REJECTED"],
  ["no digest", request({ "content-digest": undefined }), "PROOF_REJECTED"],
  [
    "two digests",
    request({ "content-digest": `${proof["content-digest"]}, ${proof["content-digest"]}` }),
    "PROOF_REJECTED",
  ],
])("%s", ([, candidate, expected]) => {
  expect(outcome(candidate)).toBe(expected);
});
