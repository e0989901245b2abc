import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ActionSchema } from "#gen/vault/v1/intent";
import { draftEffect } from "./effect-draft.ts";

const address = `0x${"a".repeat(40)}` as const;
const account = { chainId: 1, address };
type Init = NonNullable<MessageInitShape<typeof ActionSchema>["action"]>;
const webhook = (url: string): Init => ({ case: "webhook", value: { url, message: "m" } });

function outcome(action: Init) {
  const result = draftEffect(create(ActionSchema, { action }).action, account);
  if (result === undefined) return undefined;
  return result.ok ? result.value : `${result.error.reason} ${result.error.metadata.rule}`;
}

describe("draftEffect", () => {
  const own = `vaults/eip155:1:${address}/triggers/t-1`;
  const url = "https://hooks.example.org/a/b";
  test.for<readonly [string, Init, unknown]>([
    ["a freeze", { case: "freeze", value: { reason: "odd" } }, { kind: "freeze", reason: "odd" }],
    [
      "a pause",
      { case: "pauseTrigger", value: { trigger: own } },
      { kind: "pause_trigger", trigger: own, triggerId: "t-1" },
    ],
    [
      "a pause of another vault's trigger",
      { case: "pauseTrigger", value: { trigger: own.replace(address, `0x${"b".repeat(40)}`) } },
      "FIELD_INVALID vault",
    ],
    [
      "a notification",
      { case: "notify", value: { message: "hi" } },
      { kind: "notify", message: "hi" },
    ],
    ["a webhook", webhook(url), { kind: "webhook", url, host: "hooks.example.org", message: "m" }],
    ["plain http", webhook("http://hooks.example.org/"), "FIELD_INVALID url"],
    ["a user", webhook("https://u:p@hooks.example.org/"), "FIELD_INVALID url"],
    ["a port", webhook("https://hooks.example.org:8443/"), "FIELD_INVALID url"],
    ["a query", webhook("https://hooks.example.org/?key=1"), "FIELD_INVALID url"],
    ["a fragment", webhook("https://hooks.example.org/#a"), "FIELD_INVALID url"],
    ["an address", webhook("https://10.0.0.1/"), "FIELD_INVALID host"],
    ["an address as one number", webhook("https://2130706433/"), "FIELD_INVALID host"],
    ["an address of version 6", webhook("https://[::1]/"), "FIELD_INVALID host"],
    ["one label", webhook("https://localhost/"), "FIELD_INVALID host"],
    ["a trailing dot", webhook("https://hooks.example.org./"), "FIELD_INVALID host"],
    ["no URL", webhook("https://"), "FIELD_INVALID url"],
    ["an action on chain", { case: "exit", value: {} }, undefined],
  ])("%s", ([, action, expected]) => {
    expect(outcome(action)).toEqual(expected);
  });
});
