import { describe, expect, test } from "vitest";
import {
  proveRoot,
  provisionalMs,
  type RootCode,
  type RootEvidence,
  rootCodeText,
} from "./root.ts";

const account = `0x${"aa".repeat(20)}` as const;
const other = `0x${"bb".repeat(20)}` as const;
const hash = `0x${"11".repeat(32)}` as const;

const none: RootCode = { kind: "none" };
const delegated: RootCode = { kind: "eip7702", delegate: other };
const contract = (trust: "own" | "listed" | "any" | "foreign"): RootCode => ({
  kind: "contract",
  hash,
  implementation: other,
  trust,
});
const key = { kind: "EOA", address: other } as const;
const self = { kind: "CONTRACT", address: account } as const;
const safe = { kind: "CONTRACT", address: other } as const;
const passkey = { kind: "WEBAUTHN", address: undefined } as const;

const outcome = (evidence: Partial<RootEvidence>) => {
  const given = { account, owner: key, derived: false, code: none, named: false, ...evidence };
  const root = proveRoot(given);
  if (!root.ok) return `refused: ${root.error.metadata.cause}`;
  return `${root.value.kind}${root.value.provisional ? ", provisional" : ""}`;
};

describe("the root of an account", () => {
  test.each<[string, Partial<RootEvidence>, string]>([
    ["its own key", { owner: { kind: "EOA", address: account } }, "EOA"],
    [
      "its own key, while no node answers",
      { owner: { kind: "EOA", address: account }, code: undefined },
      "EOA",
    ],
    [
      "its own key, with code by EIP-7702",
      { owner: { kind: "EOA", address: account }, code: delegated },
      "EIP7702",
    ],
    ["another's delegated key", { code: delegated, named: true }, "refused: eip7702"],
    ["a delegated key's code, for itself", { owner: self, code: delegated }, "refused: eip7702"],
    ["a key whose account is not deployed", { derived: true }, "COUNTERFACTUAL"],
    [
      "a passkey whose account is not deployed",
      { owner: passkey, derived: true },
      "COUNTERFACTUAL",
    ],
    [
      "a contract whose account is not deployed: the nodes' word",
      { owner: safe, derived: true },
      "COUNTERFACTUAL, provisional",
    ],
    ["a stranger to an address without code", {}, "refused: address"],
    ["a contract that is not there", { owner: self }, "refused: address"],
    [
      "a key whose account is deployed and names it",
      { derived: true, named: true, code: contract("own") },
      "COUNTERFACTUAL",
    ],
    ["a former owner", { derived: true, code: contract("own") }, "refused: owner"],
    ["an owner since", { named: true, code: contract("own") }, "CONTRACT, provisional"],
    [
      "a key whose account's code was replaced by listed code",
      { derived: true, named: true, code: contract("listed") },
      "CONTRACT, provisional",
    ],
    [
      "a key that unknown code names",
      { derived: true, named: true, code: contract("any") },
      "refused: code",
    ],
    [
      "a contract that signs for itself",
      { owner: self, code: contract("any") },
      "CONTRACT, provisional",
    ],
    [
      "a contract that signs for itself, and whose code is not listed",
      { owner: self, code: contract("foreign") },
      "refused: code",
    ],
    [
      "an owner whom code that is not listed names",
      { named: true, code: contract("foreign") },
      "refused: code",
    ],
    [
      "a contract that owns the account",
      { owner: safe, derived: true, named: true, code: contract("own") },
      "COUNTERFACTUAL, provisional",
    ],
    ["a contract that does not", { owner: safe, code: contract("own") }, "refused: owner"],
    ["anybody, while no node answers", { derived: true, code: undefined }, "refused: unknown"],
  ])("%s", (_, evidence, expected) => {
    expect(outcome(evidence)).toBe(expected);
  });

  test("what is there is told apart as text", () => {
    const codes = [
      none,
      delegated,
      contract("own"),
      { ...contract("any"), implementation: undefined },
    ];
    expect(codes.map((code) => rootCodeText(code as RootCode))).toEqual([
      "none",
      `eip7702 ${other}`,
      `contract ${hash} ${other}`,
      `contract ${hash}`,
    ]);
  });

  test("a provisional claim waits a day", () => {
    expect(provisionalMs).toBe(24 * 3_600_000);
  });
});
