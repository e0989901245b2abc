/** What may be decided about an approval, by whom and when. */
import { describe, expect, test } from "vitest";
import { formatP256KeyId } from "#protocol/proof/key-id";
import { type Approval, approvalExpiry, approvedExpiry, checkDecision } from "./approval.ts";
import { sharesSecret } from "./requester.ts";
import { worsened } from "./worsened.ts";

const owner = (digit: string) => `eip155:1:0x${digit.repeat(40)}`;
const approval = (change: Partial<Approval> = {}): Approval => ({
  approvalId: "e1",
  sequence: 1,
  state: "PENDING",
  requester: "agent",
  keyId: "agent",
  summary: "send it",
  rules: ["a rule"],
  spends: [],
  receives: [],
  recipients: [],
  maxWorseningBps: 100,
  expireMs: 1_000,
  createdMs: 0,
  decidedMs: undefined,
  ...change,
});
const facts = {
  approve: true,
  callKeyId: "phone",
  signers: new Set([owner("1")]),
  threshold: 1,
  isFrozen: false,
  nowMs: 500,
};

type Case = [string, Partial<Approval>, Partial<typeof facts>, string];
const byOwner = { keyId: owner("1") };
const two = { threshold: 2, signers: new Set([owner("1"), owner("2")]) };

test.each<Case>([
  ["an owner approves", {}, {}, "ok"],
  ["the last millisecond counts", {}, { nowMs: 999 }, "ok"],
  ["the first after it does not", {}, { nowMs: 1_000 }, "STATE_REFUSED EXPIRED"],
  ["nor to reject", {}, { nowMs: 1_000, approve: false }, "STATE_REFUSED EXPIRED"],
  ["approved before", { state: "APPROVED" }, {}, "STATE_REFUSED APPROVED"],
  ["rejected before", { state: "REJECTED" }, {}, "STATE_REFUSED REJECTED"],
  [
    "rejected after it was approved",
    { state: "APPROVED" },
    { approve: false },
    "STATE_REFUSED APPROVED",
  ],
  ["frozen", {}, { isFrozen: true }, "VAULT_FROZEN"],
  ["frozen, to reject", {}, { isFrozen: true, approve: false }, "ok"],
  ["the key that asked carries it", {}, { callKeyId: "agent" }, "OWNER_PROOF_REJECTED requester"],
  ["the key that asked rejects", {}, { callKeyId: "agent", approve: false }, "ok"],
  ["the owner asked itself", byOwner, {}, "OWNER_PROOF_REJECTED requester"],
  [
    "on another chain",
    { keyId: `eip155:10:0x${"1".repeat(40)}` },
    {},
    "OWNER_PROOF_REJECTED requester",
  ],
  ["two must, and one of them asked", byOwner, two, "OWNER_PROOF_REJECTED requester"],
  [
    "two must, and two others do",
    byOwner,
    { threshold: 2, signers: new Set([owner("3"), owner("2")]) },
    "ok",
  ],
  ["one must, and another owner signs too", byOwner, { ...two, threshold: 1 }, "ok"],
])("%s", (_, change, more, expected) => {
  const checked = checkDecision(approval(change), { ...facts, ...more });
  const said = checked.ok
    ? "ok"
    : [checked.error.reason, checked.error.metadata.state ?? checked.error.metadata.cause]
        .filter((part) => part !== undefined)
        .join(" ");
  expect(said).toBe(expected);
});

describe("one secret", () => {
  const point = (parity: number) => {
    const bytes = new Uint8Array(65).fill(7);
    bytes[64] = parity;
    return formatP256KeyId(bytes);
  };
  test.each([
    ["the same address on two chains", owner("a"), owner("a").replace(":1:", ":5:"), true],
    ["two addresses", owner("1"), owner("2"), false],
    ["both points of one x", point(0), point(1), true],
    ["an unknown id and itself", "agent", "agent", true],
    ["two unknown ids", "agent", "phone", false],
  ])("%s", (_, a, b, same) => {
    expect(sharesSecret(a, b)).toBe(same);
    expect(sharesSecret(b, a)).toBe(same);
  });
});

describe("expiry", () => {
  test.each<[string, number | undefined, number]>([
    ["that of the rule", undefined, 1_100],
    ["the intent's own when it is sooner", 700, 700],
    ["the rule's when it is sooner", 5_000, 1_100],
  ])("%s", (_, own, expected) => expect(approvalExpiry(own, 1_000, 100)).toBe(expected));

  test("ten minutes to be signed, and no longer than the intent wants", () => {
    expect(approvedExpiry(undefined, 1_000)).toBe(601_000);
    expect(approvedExpiry(2_000, 1_000)).toBe(2_000);
  });
});

describe("worse than shown", () => {
  const flow = (asset: string, amount: bigint) => ({ asset, amount, microUsd: undefined });
  const shown = { spends: [flow("a", 10_000n)], receives: [flow("b", 10_000n)], recipients: ["x"] };
  test.each<[string, Partial<typeof shown>, boolean]>([
    ["the same", {}, false],
    ["takes as much more as it may", { spends: [flow("a", 10_100n)] }, false],
    ["takes a unit more", { spends: [flow("a", 10_101n)] }, true],
    ["takes it in two parts", { spends: [flow("a", 10_100n), flow("a", 1n)] }, true],
    ["takes less", { spends: [flow("a", 1n)] }, false],
    ["takes another asset", { spends: [flow("a", 1n), flow("c", 1n)] }, true],
    ["brings as much less as it may", { receives: [flow("b", 9_900n)] }, false],
    ["brings a unit less", { receives: [flow("b", 9_899n)] }, true],
    ["brings something else", { receives: [flow("c", 10_000n)] }, true],
    ["brings nothing", { receives: [] }, true],
    ["goes to somebody else", { recipients: ["y"] }, true],
  ])("%s", (_, change, expected) => {
    expect(worsened(shown, { ...shown, ...change }, 100) !== undefined).toBe(expected);
  });

  test("without tolerance a unit is too much", () => {
    expect(worsened(shown, { ...shown, spends: [flow("a", 10_001n)] }, 0)).toBeDefined();
    expect(worsened(shown, shown, 0)).toBeUndefined();
  });
});
