/** A vault that may send ether to a friend, and what its keys ask for. */
import { create } from "@bufbuild/protobuf";
import {
  createAllowedTargetsTerms,
  createNativeTokenPeriodTransferTerms,
  createRedeemerTerms,
  createTimestampTerms,
} from "@metamask/delegation-core";
import type { Hex } from "viem";
import { type Intent, IntentSchema } from "#gen/vault/v1/intent";
import { type Address, formatChain } from "#protocol/names";
import { localChainId } from "../stack/chain/node.ts";
import type { Stack } from "../stack/stack.ts";
import { replacePolicy } from "./policy.ts";
import { certify, createSession, inAMonth, install, signCaveats } from "./session.ts";
import { claimVault, type LiveVault, nativeAsset } from "./vault.ts";

/** What may leave, in wei. */
export type GiftLimits = {
  readonly atOnce: bigint;
  readonly aDay: bigint;
  /** What the chain itself lets leave a day. */
  readonly aDayOnChain: bigint;
};

/** Brings a vault to life that may send ether to `friend`, and to nobody else. */
export async function giftVault(
  stack: Stack,
  friend: Address,
  ether: string,
  limits: GiftLimits,
): Promise<LiveVault> {
  const vault = await claimVault(stack, ether);
  const friendId = `${formatChain(localChainId)}:${friend}`;
  await replacePolicy(vault, {
    calls: [{ target: friendId, selectors: ["0x"] }],
    recipients: [friendId],
    assets: [
      {
        asset: nativeAsset,
        maxPerOperation: String(limits.atOnce),
        windows: [{ window: { seconds: 86_400n }, maxAmount: String(limits.aDay) }],
      },
    ],
  });
  const session = await createSession(vault);
  const certified = await certify(vault, session);
  const { enforcers } = stack.deployment;
  const { timestamp } = await stack.chain.reader.getBlock();
  const caveats = [
    {
      enforcer: enforcers.allowedTargets,
      terms: createAllowedTargetsTerms({ targets: [friend] }) as Hex,
    },
    {
      enforcer: enforcers.nativeTokenPeriodTransfer,
      terms: createNativeTokenPeriodTransferTerms({
        periodAmount: limits.aDayOnChain,
        periodDuration: 86_400,
        startDate: Number(timestamp) - 60,
      }) as Hex,
    },
    {
      enforcer: enforcers.timestamp,
      terms: createTimestampTerms({ afterThreshold: 0, beforeThreshold: inAMonth() }) as Hex,
    },
    {
      enforcer: enforcers.redeemer,
      terms: createRedeemerTerms({ redeemers: [certified.accountAddress] }) as Hex,
    },
  ];
  await install(vault, session, await signCaveats(vault, certified, caveats, inAMonth()));
  return vault;
}

/** An intent to send `wei` of ether to `friend`. It may wait a day for its turn. */
export function giftIntent(friend: Address, wei: bigint): Intent {
  return create(IntentSchema, {
    chain: formatChain(localChainId),
    action: {
      action: {
        case: "transfer",
        value: {
          asset: nativeAsset,
          amount: { amount: { case: "exact", value: String(wei) } },
          recipient: `${formatChain(localChainId)}:${friend}`,
        },
      },
    },
  });
}
