/** What raw call data is known to do, and that no data makes the reading fail. */
import fc from "fast-check";
import { encodeFunctionData, parseAbi, toFunctionSelector } from "viem";
import { describe, expect, test } from "vitest";
import { meaningOf } from "./raw-meaning.ts";

const to = `0x${"d".repeat(40)}` as const;
const abi = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function transferFrom(address from, address to, uint256 amount)",
  "function burn(uint256 amount)",
  "function withdraw(uint256 amount)",
]);

describe("meaningOf", () => {
  test("a transfer moves its amount to its recipient", () => {
    const data = encodeFunctionData({ abi, functionName: "transfer", args: [to, 7n] });
    expect(meaningOf(data, false)).toEqual({ kind: "move", amount: 7n, to });
  });

  test("what is burnt is moved to nobody", () => {
    const data = encodeFunctionData({ abi, functionName: "burn", args: [7n] });
    expect(meaningOf(data, false)).toEqual({ kind: "move", amount: 7n, to: undefined });
  });

  test("a withdrawal moves the wrapped native asset alone", () => {
    const data = encodeFunctionData({ abi, functionName: "withdraw", args: [7n] });
    expect(meaningOf(data, true)).toMatchObject({ kind: "move", amount: 7n });
    expect(meaningOf(data, false)).toEqual({ kind: "none" });
  });

  test.for([
    "approve(address,uint256)",
    "increaseAllowance(address,uint256)",
    "approve(address,address,uint160,uint48)",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)",
    "setApprovalForAll(address,bool)",
    "approveAndCall(address,uint256,bytes)",
    "transferAndCall(address,uint256,bytes)",
    "safeTransferFrom(address,address,uint256)",
    "multicall(bytes[])",
    "multicall(uint256,bytes[])",
    "installModule(uint256,address,bytes)",
    "enableModule(address)",
    "execTransactionFromModule(address,uint256,bytes,uint8)",
    "execute(bytes32,bytes)",
    "upgradeToAndCall(address,bytes)",
    "redeemDelegations(bytes[],bytes32[],bytes[])",
  ])("%s is refused, whatever its arguments", (signature) => {
    const selector = toFunctionSelector(signature);
    expect(meaningOf(selector, false).kind).toBe("refused");
    expect(meaningOf(`${selector}${"00".repeat(64)}`, true).kind).toBe("refused");
  });

  test("any data has a meaning, and what is cut short is malformed", () => {
    const selectors = abi.map((item) => toFunctionSelector(item));
    fc.assert(
      fc.property(
        fc.constantFrom(...selectors, "0xdeadbeef", "0x"),
        fc.uint8Array({ maxLength: 120 }),
        fc.boolean(),
        (selector, rest, isWrapped) => {
          const hex = [...rest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
          const { kind } = meaningOf(`${selector}${hex}` as `0x${string}`, isWrapped);
          if (selector === selectors[0]) {
            expect(["move", "malformed"]).toContain(kind);
            if (rest.length < 64) expect(kind).toBe("malformed");
          }
        },
      ),
    );
  });
});
