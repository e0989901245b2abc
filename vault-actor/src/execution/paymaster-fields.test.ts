import { describe, expect, test } from "vitest";
import { operatingVault, prepared, vaultId } from "../../test/support/operating-vault.ts";
import { foreignPart } from "./session-operation.ts";
import type { UserOperation } from "./user-operation.ts";

const fields = {
  paymaster: `0x${"9".repeat(40)}`,
  paymasterData: "0x0102",
  paymasterVerificationGasLimit: "0x5",
  paymasterPostOpGasLimit: "0x5",
} as const;
const service = { url: "http://paymaster.test/", context: {} };

describe("a paymaster in what a session signs", () => {
  test.each<[string, Partial<UserOperation>, boolean, string | undefined]>([
    ["none", {}, true, undefined],
    ["one where one is configured", fields, true, undefined],
    ["one where none is configured", fields, false, "paymaster"],
    ["half of one", { paymaster: fields.paymaster }, true, "paymaster"],
    ["data of none", { paymasterData: "0x01" }, false, "paymaster"],
  ])("%s", async (_, change, isConfigured, expected) => {
    const vault = await operatingVault({});
    const candidate = prepared(vault, "e1", 1n, change);
    const paymaster = isConfigured ? service : undefined;
    const chain = { ...candidate.chain, paymaster };
    expect(foreignPart(vaultId, { ...candidate, chain })).toBe(expected);
  });

  test("gas of a paymaster that was not judged is refused", async () => {
    const vault = await operatingVault({});
    const { userOperation, ...candidate } = prepared(vault, "e1", 1n, fields);
    const more = { ...userOperation, paymasterPostOpGasLimit: "0xff" as const };
    const chain = { ...candidate.chain, paymaster: service };
    expect(foreignPart(vaultId, { ...candidate, chain, userOperation: more })).toBe("fee");
  });
});
