import { encodeErrorResult, type Hex, parseAbi } from "viem";
import { describe, expect, test } from "vitest";
import { revertReason } from "./revert-reason.ts";

const abi = parseAbi([
  "error Error(string reason)",
  "error Panic(uint256 code)",
  "error FailedOp(uint256 opIndex, string reason)",
  "error FailedOpWithRevert(uint256 opIndex, string reason, bytes inner)",
  "error CannotUseADisabledDelegation()",
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "error BalanceFellShort(address token, int256 change, int256 atLeast)",
  "error OfNobody(uint256 value)",
]);
const enforcer = "AllowedTargetsEnforcer:target-address-not-allowed";
const text = encodeErrorResult({ abi, errorName: "Error", args: [enforcer] });
const disabled = encodeErrorResult({ abi, errorName: "CannotUseADisabledDelegation" });
const failedOp = (inner: Hex) =>
  encodeErrorResult({ abi, errorName: "FailedOpWithRevert", args: [0n, "AA23 reverted", inner] });

describe("the words of a revert", () => {
  test.each<[string, string, unknown, string]>([
    ["of an enforcer", "execution reverted", text, enforcer],
    ["inside the message", `reverted with reason: ${text}`, undefined, enforcer],
    ["inside other data", "reverted", { originalError: { data: text } }, enforcer],
    ["cut short by half a byte", `reverted: ${text}0`, undefined, enforcer],
    ["of the delegation manager", "reverted", disabled, "CannotUseADisabledDelegation"],
    [
      "a panic",
      "reverted",
      encodeErrorResult({ abi, errorName: "Panic", args: [17n] }),
      "arithmetic overflow",
    ],
    [
      "an unknown panic",
      "reverted",
      encodeErrorResult({ abi, errorName: "Panic", args: [99n] }),
      "panic 99",
    ],
    [
      "of the entry point",
      "reverted",
      encodeErrorResult({ abi, errorName: "FailedOp", args: [0n, "AA25 invalid account nonce"] }),
      "AA25 invalid account nonce",
    ],
    ["of the account inside it", "reverted", failedOp(text), `AA23 reverted: ${enforcer}`],
    [
      "with values",
      "reverted",
      encodeErrorResult({
        abi,
        errorName: "ERC20InsufficientBalance",
        args: [`0x${"1".repeat(40)}`, 5n, 7n],
      }),
      `ERC20InsufficientBalance(0x${"1".repeat(40)}, 5, 7)`,
    ],
    [
      "of the guard",
      "reverted",
      encodeErrorResult({
        abi,
        errorName: "BalanceFellShort",
        args: [`0x${"0".repeat(40)}`, -5n, 7n],
      }),
      `BalanceFellShort(0x${"0".repeat(40)}, -5, 7)`,
    ],
    [
      "that nobody knows: the message",
      "execution reverted: custom",
      encodeErrorResult({ abi, errorName: "OfNobody", args: [1n] }),
      "execution reverted: custom",
    ],
    ["none: the message", "execution reverted", undefined, "execution reverted"],
    [
      "an address is none",
      `call to 0x${"1".repeat(40)} failed`,
      "0x",
      `call to 0x${"1".repeat(40)} failed`,
    ],
  ])("%s", (_, message, data, expected) => {
    expect(revertReason(message, data)).toBe(expected);
  });

  test("no longer than 300 characters, however deep", () => {
    expect(revertReason("x".repeat(500), undefined)).toHaveLength(300);
    let nested = text;
    for (let depth = 0; depth < 20; depth++) nested = failedOp(nested);
    expect(revertReason("reverted", nested).length).toBeLessThanOrEqual(300);
  });
});
