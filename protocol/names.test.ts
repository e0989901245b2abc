import { describe, expect, test } from "vitest";
import {
  formatAccount,
  formatAsset,
  formatChain,
  idOf,
  parseAccount,
  parseAsset,
  parseChain,
  vaultIdOf,
} from "./names.ts";

const address = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const account = `eip155:8453:${address}`;

describe("names", () => {
  test("are the same after parsing and formatting", () => {
    const parsed = parseAccount(account);
    expect(parsed && formatAccount(parsed)).toBe(account);
    expect(formatChain(parseChain("eip155:8453") ?? 0)).toBe("eip155:8453");
    for (const text of ["eip155:1/slip44:60", `eip155:1/erc20:${address}`]) {
      const asset = parseAsset(text);
      expect(asset && formatAsset(asset)).toBe(text);
    }
  });

  test.each([
    ["capitals", account.toUpperCase()],
    ["a checksummed address", `eip155:1:0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf`],
    ["chain 0", `eip155:0:${address}`],
    ["a leading zero", `eip155:01:${address}`],
    ["another namespace", `solana:1:${address}`],
    ["a short address", account.slice(0, -1)],
    ["a long address", `${account}0`],
    ["a line break after it", `${account}\n`],
    ["nothing", ""],
  ])("an account with %s is refused", (_, text) => expect(parseAccount(text)).toBeUndefined());

  test.each(["eip155:1/slip44:61", `eip155:1/erc721:${address}`, `eip155:1/erc20:${address}/1`])(
    "the asset %s is refused",
    (text) => expect(parseAsset(text)).toBeUndefined(),
  );

  test("a chain beyond what a number holds is refused", () => {
    expect(parseChain(`eip155:${"9".repeat(17)}`)).toBeUndefined();
  });

  test("the vault is read out of any name below it, and of nothing else", () => {
    expect(vaultIdOf(`vaults/${account}/triggers/t1/firings/f1`)).toBe(account);
    expect(idOf(`vaults/${account}/triggers/t1/firings/f1`)).toBe("f1");
    expect(vaultIdOf(`triggers/${account}`)).toBeUndefined();
    expect(vaultIdOf("vaults/mine/triggers/t1")).toBeUndefined();
    expect(vaultIdOf("vaults")).toBeUndefined();
  });
});
