import { createNativeTokenPeriodTransferTerms } from "@metamask/delegation-core";
import { type Hex, zeroAddress } from "viem";
import { expect, test } from "vitest";
import type { Address } from "#protocol/names";
import { windowSpendTerms } from "#protocol/permission/our-terms";
import { enforcementOf } from "./enforcement.ts";
import type { Caveat } from "./session.ts";

const at = (byte: string) => `0x${byte.repeat(20)}` as Address;
const enforcers = {
  timestamp: at("01"),
  redeemer: at("02"),
  windowSpend: at("03"),
  nativeTokenPeriodTransfer: at("04"),
};
const chain = { chainId: 1, enforcers };
const eth = "eip155:1/slip44:60";
const rolling = (limit: bigint, seconds: number, token: Address = zeroAddress): Caveat => ({
  enforcer: enforcers.windowSpend,
  terms: windowSpendTerms({ token, limit, seconds }),
});
const fixed = (limit: bigint, seconds: number): Caveat => ({
  enforcer: enforcers.nativeTokenPeriodTransfer,
  terms: createNativeTokenPeriodTransferTerms({
    periodAmount: limit,
    periodDuration: seconds,
    startDate: 1,
  }) as Hex,
});

test.each<[string, string, readonly Caveat[], boolean]>([
  ["the same window", `${eth} 10 per 60 s`, [rolling(10n, 60)], true],
  ["a tighter one", `${eth} 10 per 60 s`, [rolling(9n, 61)], true],
  ["a wider amount", `${eth} 10 per 60 s`, [rolling(11n, 60)], false],
  ["a shorter window", `${eth} 10 per 60 s`, [rolling(10n, 59)], false],
  ["nothing at all, at any length", `${eth} 10 per 60 s`, [rolling(0n, 1)], true],
  ["another token", `${eth} 10 per 60 s`, [rolling(10n, 60, at("aa"))], false],
  ["another chain's asset", "eip155:2/slip44:60 10 per 60 s", [rolling(10n, 60)], false],
  ["one operation within a window", `${eth} 10 per operation`, [rolling(10n, 60)], true],
  ["one operation above a window", `${eth} 9 per operation`, [rolling(10n, 60)], false],
  ["a fixed window of half", `${eth} 10 per 60 s`, [fixed(5n, 60)], true],
  ["a fixed window of the same", `${eth} 10 per 60 s`, [fixed(10n, 60)], false],
  [
    "an enforcer that is not known",
    `${eth} 10 per 60 s`,
    [{ ...rolling(1n, 60), enforcer: at("99") }],
    false,
  ],
  ["a key's limit", `key ${eth} 10 per 60 s`, [rolling(10n, 60)], false],
  ["a fee's", `fee/${eth} 10 per 60 s`, [rolling(10n, 60)], false],
  ["a count", "operations 3 per 60 s", [rolling(10n, 60)], false],
])("%s", (_, rule, caveats, isOnChain) => {
  const permission = {
    delegate: at("b1"),
    delegator: at("b2"),
    authority: `0x${"ff".repeat(32)}` as Hex,
    caveats,
    salt: 0n,
    signature: "0x" as Hex,
  };
  const [limit] = enforcementOf([{ rule }], { permission }, chain);
  expect(limit).toEqual({ rule, enforcedBy: isOnChain ? ["VAULT", "CHAIN"] : ["VAULT"] });
  expect(enforcementOf([{ rule }], undefined, chain)).toEqual([{ rule, enforcedBy: ["VAULT"] }]);
});
