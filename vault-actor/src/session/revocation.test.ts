import { createNonceTerms } from "@metamask/delegation-core";
import type { Hex } from "viem";
import { expect, test } from "vitest";
import {
  disableCall,
  executeCall,
  killSwitchCall,
  revocationNonce,
} from "#protocol/account/revocation";
import type { Address } from "#protocol/names";
import { readRevocation } from "./revocation.ts";
import type { Permission } from "./session.ts";

const at = (byte: string) => `0x${byte.repeat(20)}` as Address;
const [account, manager, switches] = [at("a1"), at("e2"), at("e3")];
const permission: Permission = {
  delegate: at("a2"),
  delegator: account,
  authority: `0x${"ff".repeat(32)}`,
  caveats: [],
  salt: 1n,
  signature: `0x${"11".repeat(65)}`,
};
const switched: Permission = {
  ...permission,
  caveats: [
    { enforcer: switches, terms: createNonceTerms({ nonce: `0x${"00".repeat(32)}` }) as Hex },
  ],
};
const sessionName = `vaults/eip155:1:${account}/sessions/s`;
const enforcers = { timestamp: at("e4"), redeemer: at("e5"), nonce: switches };
const chain = { chainId: 1, delegationManager: manager, enforcers };
const killing = executeCall(switches, killSwitchCall(manager));
const good = {
  sender: account,
  nonce: revocationNonce(sessionName),
  callData: disableCall(permission),
  callGasLimit: "0xf4240",
  verificationGasLimit: "0x7a120",
  preVerificationGas: "0x186a0",
  maxFeePerGas: "0x2",
  maxPriorityFeePerGas: "0x1",
  signature: `0x${"22".repeat(65)}`,
};
const causeOf = (text: string, of = permission) => {
  const read = readRevocation(text, { sessionName, vaultAccount: account, permission: of, chain });
  return read.ok ? "ok" : read.error.metadata.cause;
};

test.each<[string, object, Permission, string]>([
  ["the permission's own end", {}, permission, "ok"],
  [
    "the same by the account's execute",
    { callData: executeCall(manager, disableCall(permission)) },
    permission,
    "ok",
  ],
  ["the kill switch of a permission that has one", { callData: killing }, switched, "ok"],
  ["the kill switch of a permission without", { callData: killing }, permission, "call_data"],
  [
    "another permission's end",
    { callData: disableCall({ ...permission, salt: 2n }) },
    permission,
    "call_data",
  ],
  ["more than the end", { callData: `${disableCall(permission)}00` }, permission, "call_data"],
  ["any other call", { callData: executeCall(at("66"), "0x") }, permission, "call_data"],
  ["another sender", { sender: at("a9") }, permission, "sender"],
  ["the common lane", { nonce: "0x0" }, permission, "nonce"],
  [
    "a later sequence",
    { nonce: `0x${(BigInt(good.nonce) + 1n).toString(16)}` },
    permission,
    "nonce",
  ],
  ["no gas", { callGasLimit: "0x0" }, permission, "gas"],
  ["absurd gas", { verificationGasLimit: "0xffffffff" }, permission, "gas"],
  ["a tip above the fee", { maxPriorityFeePerGas: "0x3" }, permission, "gas"],
  ["a factory", { factory: at("77") }, permission, "form"],
  ["a paymaster", { paymaster: at("77") }, permission, "form"],
  ["a number that is none", { maxFeePerGas: "2" }, permission, "form"],
  ["a field that is missing", { signature: undefined }, permission, "form"],
])("%s", (_, over, of, expected) => {
  expect(causeOf(JSON.stringify({ ...good, ...over }), of)).toBe(expected);
});

test.each(["", "null", "[]", "{", '"0x"'])("%j is no operation", (text) => {
  expect(causeOf(text)).toBe("form");
});
