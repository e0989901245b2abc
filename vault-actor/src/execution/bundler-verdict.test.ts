import { describe, expect, test } from "vitest";
import { disposition, type Refusal, refusalOf, refusalText } from "./bundler-verdict.ts";

describe("what a bundler's refusal means", () => {
  test.each<[number, string, Refusal]>([
    // ERC-7769
    [-32602, "Invalid UserOperation struct/fields", "invalid"],
    [-32500, "rejected by simulateValidation", "invalid"],
    [-32501, "rejected by paymaster's validatePaymasterUserOp", "unsponsored"],
    [-32502, "opcode validation", "invalid"],
    [-32503, "UserOperation out of time-range", "expired"],
    [-32504, "paymaster is throttled", "trouble"],
    [-32505, "paymaster's stake is too low", "invalid"],
    [-32506, "unsupported signature aggregator", "invalid"],
    [-32507, "Invalid UserOp signature", "invalid"],
    [-32508, "paymaster balance insufficient", "unfunded"],
    [-32521, "UserOperation reverted during simulation with reason: 0x", "reverted"],
    [3, "execution reverted", "reverted"],
    // JSON-RPC and EIP-1474
    [-32600, "invalid request", "trouble"],
    [-32601, "method not found", "trouble"],
    [-32603, "internal error", "trouble"],
    [-32700, "parse error", "trouble"],
    [-32005, "limit exceeded", "trouble"],
    [-32000, "nonsense that nobody defined", "trouble"],
    [0, "unknown error", "trouble"],
    // The entry point's codes, whatever the number
    [-32500, "AA10 sender already constructed", "deployed"],
    [-32500, "AA13 initCode failed or OOG", "invalid"],
    [-32500, "AA14 initCode must return sender", "invalid"],
    [-32500, "AA15 initCode must create sender", "invalid"],
    [-32500, "AA20 account not deployed", "invalid"],
    [-32500, "AA21 didn't pay prefund", "unfunded"],
    [-32503, "AA22 expired or not due", "expired"],
    [-32500, "AA23 reverted", "invalid"],
    [-32507, "AA24 signature error", "invalid"],
    [-32602, "failed validation with reason: AA25 invalid account nonce", "nonce_used"],
    [-32500, "AA26 over verificationGasLimit", "gas"],
    [-32501, "AA30 paymaster not deployed", "unsponsored"],
    [-32501, "AA31 paymaster deposit too low", "unfunded"],
    [-32501, "AA32 paymaster expired or not due", "unsponsored"],
    [-32501, "AA33 reverted", "unsponsored"],
    [-32507, "AA34 signature error", "unsponsored"],
    [-32501, "AA36 over paymasterVerificationGasLimit", "unsponsored"],
    [-32500, "AA40 over verificationGasLimit", "gas"],
    [-32500, "AA41 too little verificationGas", "gas"],
    [-32500, "AA50 postOp reverted", "unsponsored"],
    [-32500, "AA51 prefund below actualGasCost", "gas"],
    [-32500, "AA90 invalid beneficiary", "trouble"],
    [-32500, "AA91 failed send to beneficiary", "trouble"],
    [-32500, "AA92 internal call only", "trouble"],
    [-32500, "AA93 invalid paymasterAndData", "unsponsored"],
    [-32500, "AA94 gas values overflow", "gas"],
    [-32500, "AA95 out of gas", "gas"],
    [-32500, "AA96 invalid aggregator", "invalid"],
    [-32500, "AA77 of a later entry point", "invalid"],
    // What bundlers say in words comes first
    [-32602, "Already known", "known"],
    [-32602, "already in mempool", "known"],
    [-32602, "UserOperation already exists", "known"],
    [-32602, "replacement underpriced", "underpriced"],
    [-32602, "replacement op must bump the fee by 10%", "underpriced"],
    [
      -32602,
      "AA25 invalid account nonce: User operation already present in mempool, bump the gas price by minimum 10%",
      "underpriced",
    ],
    [
      -32602,
      "AA10 sender already constructed: A conflicting userOperation with initCode for this sender is already in the mempool, bump the gas price by minimum 10%",
      "underpriced",
    ],
  ])("%i %s", (code, message, expected) => {
    expect(refusalOf(code, message)).toBe(expected);
  });

  test("who can't pay, and trouble, pass; all else is that bundler's last word", () => {
    const passing = Object.entries(disposition).filter(([, what]) => what === "retry");
    expect(passing.map(([refusal]) => refusal)).toEqual(["unfunded", "unsponsored", "trouble"]);
    expect(Object.entries(disposition).filter(([, what]) => what === "accepted")).toEqual([
      ["known", "accepted"],
    ]);
  });

  test("it is told in the contract's words", () => {
    const encoded = `0x08c379a0${"20".padStart(64, "0")}${"5".padStart(64, "0")}${"68656c6c6f".padEnd(64, "0")}`;
    expect(refusalText("reverted", `reverted with reason: ${encoded}`, undefined)).toBe("hello");
    expect(refusalText("unfunded", "AA21 didn't pay prefund", undefined)).toBe(
      "the session account can't pay the fee (AA21)",
    );
  });
});
