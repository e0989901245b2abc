/** Which hosts are public, what answers say, and what a webhook's bytes are. */
import { expect, test } from "vitest";
import type { ScopeName } from "#protocol/access";
import type { EffectDraft } from "../action/effect-draft.ts";
import { maxAttempts, pauseAfter, readStatus } from "./backoff.ts";
import { checkEffect, effectOperation } from "./effect-operation.ts";
import { isPublicHost } from "./public-host.ts";
import { webhookBody } from "./webhook-body.ts";

test.each([
  ["hooks.shop.example", true],
  ["a-b.co", true],
  ["localhost", false],
  ["shop", false],
  ["printer.local", false],
  ["vault.internal", false],
  ["metadata.google.internal", false],
  ["hooks.localhost", false],
  ["router.home.arpa", false],
  ["home.arpa", false],
  ["1.0.0.127.in-addr.arpa", false],
  ["abc.onion", false],
  ["127.0.0.1", false],
  ["10.0.0.1", false],
  ["0x7f.1", false],
  ["2130706433", false],
  ["::1", false],
  ["[::1]", false],
  ["Hooks.example", false],
  ["hooks.example.", false],
  ["-a.example", false],
  ["a..example", false],
  [`${"a".repeat(64)}.example`, false],
  [`${"a.".repeat(126)}example`, false],
  ["", false],
])("%s: %s", (host, expected) => expect(isPublicHost(host)).toBe(expected));

test.each([
  [200, "delivered"],
  [204, "delivered"],
  [299, "delivered"],
  [301, "again"],
  [400, "again"],
  [410, "gone"],
  [500, "again"],
  [0, "again"],
])("the answer %s: %s", (status, expected) => expect(readStatus(status)).toBe(expected));

test("eight attempts, each later than the one before, in about a day", () => {
  const pauses = Array.from({ length: maxAttempts - 1 }, (_, i) => pauseAfter(i + 1));
  expect(pauses).toHaveLength(7);
  for (const [i, pause] of pauses.entries()) expect(pause).toBeGreaterThan(pauses[i - 1] ?? 0);
  const all = pauses.reduce((sum, pause) => sum + pause, 0);
  expect(all).toBeGreaterThan(20 * 3_600_000);
  expect(all).toBeLessThan(28 * 3_600_000);
});

const vaultId = `eip155:1:0x${"a".repeat(40)}`;
const webhook = {
  kind: "webhook",
  url: "https://a.example/",
  host: "a.example",
  message: "m",
} as const;

test.each<[EffectDraft, readonly ScopeName[], boolean]>([
  [{ kind: "freeze", reason: "" }, ["VAULT_FREEZE"], true],
  [{ kind: "freeze", reason: "" }, ["TRIGGER_TOGGLE"], false],
  [{ kind: "pause_trigger", trigger: "t", triggerId: "t" }, ["TRIGGER_TOGGLE"], true],
  [{ kind: "pause_trigger", trigger: "t", triggerId: "t" }, ["VAULT_FREEZE"], false],
  [{ kind: "notify", message: "m" }, [], true],
  [webhook, [], true],
  [{ ...webhook, host: "printer.local" }, [], false],
])("%o with %o: %s", (effect, scopes, expected) => {
  expect(checkEffect(effect, new Set(scopes)).ok).toBe(expected);
});

test("a key that is gone has no scope", () => {
  expect(checkEffect({ kind: "freeze", reason: "" }, undefined).ok).toBe(false);
});

test("the policy sees the host of a webhook, and nothing that is taken", () => {
  const { hosts, calls, spends, recipients } = effectOperation(webhook, vaultId, "eip155:1");
  expect({ hosts, taken: [...calls, ...spends, ...recipients] }).toEqual({
    hosts: ["a.example"],
    taken: [],
  });
  expect(effectOperation({ kind: "notify", message: "m" }, vaultId, "eip155:1").hosts).toEqual([]);
});

test("the body says what it is about", () => {
  const firing = `vaults/${vaultId}/triggers/t1/firings/f1`;
  const cause = { kind: "FIRING", firing } as const;
  const execution = { executionId: "e1", cause, createdMs: 1_800_000_000_000 };
  const text = new TextDecoder().decode(webhookBody(vaultId, execution, 'say "it"'));
  expect(JSON.parse(text)).toEqual({
    id: "e1",
    vault: vaultId,
    execution: `vaults/${vaultId}/executions/e1`,
    cause: { trigger: `vaults/${vaultId}/triggers/t1`, firing },
    message: 'say "it"',
    time: "2027-01-15T08:00:00.000Z",
  });
});
