/** The committed vectors are what the code makes of them, and the verifier agrees with each. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyWebhook } from "../verify.ts";
import { buildWebhookVectors } from "./build.ts";

const file = join(import.meta.dirname, "metavault-webhook-v1.json");
const committed = JSON.parse(readFileSync(file, "utf8")) as Awaited<
  ReturnType<typeof buildWebhookVectors>
>;

test("are up to date", async () => {
  expect(committed).toEqual(JSON.parse(JSON.stringify(await buildWebhookVectors())));
});

test.each(committed.vectors)("$name: $expect", async (vector) => {
  const { vaultId, keyId, nowSeconds, maxAgeSeconds } = committed.verifier;
  const verified = await verifyWebhook(
    {
      method: vector.method,
      url: vector.url,
      headers: new Headers(vector.headers.map(([name, value]): [string, string] => [name, value])),
      body: Uint8Array.from(atob(vector.bodyBase64), (char) => char.charCodeAt(0)),
    },
    { vaultId, keyId, nowMs: nowSeconds * 1000, maxAgeSeconds },
  );
  expect(verified.ok ? "ok" : verified.error).toBe(vector.expect);
  if (verified.ok) expect(verified.value.message).toBe("ether fell below 2200");
});
