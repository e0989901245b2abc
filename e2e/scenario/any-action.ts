/** A vault on a local stack that may do every action, and asks for them one by one. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createRedeemerTerms, createTimestampTerms } from "@metamask/delegation-core";
import { type Hex, parseAbi, parseEther, parseUnits } from "viem";
import type { Execution } from "#gen/vault/v1/execution";
import type { ActionSchema } from "#gen/vault/v1/intent";
import { type Address, formatAccount, formatChain } from "#protocol/names";
import { localChainId } from "../stack/chain/node.ts";
import type { Stack } from "../stack/stack.ts";
import { waitFor } from "../stack/wait.ts";
import { replacePolicy } from "./policy.ts";
import { certify, createSession, inAMonth, install, signCaveats } from "./session.ts";
import { claimVault, type LiveVault, nativeAsset, requestId, usdcAsset } from "./vault.ts";
import { hasEnded } from "./world-change.ts";

/** An action as a client writes it. */
export type ActionInit = NonNullable<MessageInitShape<typeof ActionSchema>["action"]>;

/** Who may receive, who may be allowed to take, and where an exit goes. */
export const parties = {
  friend: `0x${"f1".repeat(20)}`,
  spender: `0x${"f2".repeat(20)}`,
  safe: `0x${"f3".repeat(20)}`,
} as const satisfies Record<string, Address>;

const tokenAbi = parseAbi([
  "function mint(address to, uint256 amount)",
  "function allowance(address owner, address spender) view returns (uint256)",
]);

/** An account of the local chain as CAIP-10 id. */
export function localAccount(address: Address): string {
  return formatAccount({ chainId: localChainId, address });
}

/** A vault with 10 ETH and some USDC, whose session the chain lets redeem whatever it signs. */
export async function anyActionVault(stack: Stack, usdc: string): Promise<LiveVault> {
  const vault = await claimVault(stack, "10");
  const { deployment, chain } = stack;
  const hash = await chain.wallet(vault.owner.account).writeContract({
    address: deployment.usdc,
    abi: tokenAbi,
    functionName: "mint",
    args: [vault.owner.smartAccount.address, parseUnits(usdc, 6)],
  });
  await chain.reader.waitForTransactionReceipt({ hash });
  const limit = (asset: string, max: bigint) => ({
    asset,
    maxPerOperation: String(max),
    windows: [{ window: { seconds: 86_400n }, maxAmount: String(max) }],
  });
  await replacePolicy(vault, {
    calls: [
      // exactInputSingle, and multicall for what is unwrapped.
      { target: localAccount(deployment.router), selectors: ["0x04e45aaf", "0xac9650d8"] },
      // transfer and approve.
      { target: localAccount(deployment.usdc), selectors: ["0xa9059cbb", "0x095ea7b3"] },
      { target: localAccount(parties.friend), selectors: ["0x"] },
      { target: localAccount(parties.safe), selectors: ["0x"] },
    ],
    assets: [
      limit(nativeAsset, parseEther("20")),
      limit(usdcAsset(stack), parseUnits("100000", 6)),
    ],
    recipients: [localAccount(parties.friend)],
    allowances: [
      {
        asset: usdcAsset(stack),
        spender: localAccount(parties.spender),
        maxAmount: String(parseUnits("50", 6)),
      },
    ],
    maxSlippageBps: 100,
    exitRecipient: localAccount(parties.safe),
  });
  const session = await createSession(vault);
  const certified = await certify(vault, session);
  const { enforcers } = deployment;
  const caveats = [
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

/** Asks for an action, and waits until its execution has ended. */
export async function carryOut(vault: LiveVault, action: ActionInit): Promise<Execution> {
  const { execution } = await vault.client.vault.submitIntent({
    parent: vault.name,
    requestId: requestId(),
    intent: { chain: formatChain(localChainId), action: { action } },
  });
  const name = execution?.name ?? "";
  return waitFor(`the end of ${name}`, async () => {
    const answer = await vault.client.vault.getExecution({ name });
    return answer.execution !== undefined && hasEnded(answer.execution)
      ? answer.execution
      : undefined;
  });
}

/** What a spender may take of the vault's USDC. */
export function allowanceOf({ stack, owner }: LiveVault, spender: Address): Promise<bigint> {
  return stack.chain.reader.readContract({
    address: stack.deployment.usdc,
    abi: tokenAbi,
    functionName: "allowance",
    args: [owner.smartAccount.address, spender],
  });
}
