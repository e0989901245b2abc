/**
 * Abuses a session key the way a thief would: signs an operation for a forbidden target and
 * puts it on the chain directly, past bundlers and past the vault.
 *
 * A vault's own session key can't be taken out to try this with. So the owner grants the same
 * permission to a second session account, whose key this program holds.
 */
import {
  bytesToHex,
  decodeErrorResult,
  encodeFunctionData,
  type Hex,
  hexToBytes,
  parseAbi,
  parseEther,
  parseEventLogs,
  toHex,
} from "viem";
import { entryPoint07Abi } from "viem/account-abstraction";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { signDelegation } from "#client/delegation";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import type { Address } from "#protocol/names";
import { signDigest } from "#protocol/proof/eip191";
import { encodeRedemption } from "../../vault-actor/src/execution/redemption.ts";
import {
  encodeExecute,
  packOperation,
  signingDigest,
  type UserOperation,
} from "../../vault-actor/src/execution/user-operation.ts";
import { fromDelegation } from "../../vault-actor/src/session/wire.ts";
import { devAccount, roles } from "../stack/chain/accounts.ts";
import { localChainId } from "../stack/chain/node.ts";
import { sendEther } from "./owner.ts";
import { swapTerms } from "./session.ts";
import type { LiveVault } from "./vault.ts";

/** What became of it. */
export type Abuse = {
  /** The chain's own words. */
  readonly reason: string;
  /** Whether the operation is in a block: so it was the chain that refused its effect. */
  readonly landed: boolean;
  /** Whether anything reached the forbidden target. */
  readonly moved: boolean;
};

const errorAbi = parseAbi(["error Error(string)"]);

/** Signs and lands the forbidden operation. */
export async function abuseSessionKey(vault: LiveVault): Promise<Abuse> {
  const { stack } = vault;
  const { chain, deployment } = stack;
  const secret = generatePrivateKey();
  const keyAddress = privateKeyToAccount(secret).address.toLowerCase() as Address;
  const account = hybridAccount({
    factory: deployment.accountFactory,
    implementation: deployment.accountImplementation,
    owner: keyAddress,
    salt: sessionSalt(keyAddress),
  });
  await sendEther(stack, account.address, "1");
  const { caveats } = await swapTerms(vault, account.address, "6");
  const { delegation } = await signDelegation(vault.owner.account, {
    chainId: localChainId,
    delegationManager: deployment.delegationManager,
    delegator: vault.owner.smartAccount.address,
    delegate: account.address,
    caveats,
    salt: BigInt(Date.now()),
  });
  // An address of nobody: whatever it holds afterwards came from here.
  const target = privateKeyToAccount(generatePrivateKey()).address.toLowerCase() as Address;
  const redemption = encodeRedemption(fromDelegation(delegation), [
    { target, value: parseEther("1"), data: "0x" },
  ]);
  const unsigned: UserOperation = {
    sender: account.address,
    nonce: "0x0",
    factory: account.factory,
    factoryData: account.factoryData,
    callData: encodeExecute(deployment.delegationManager, redemption),
    callGasLimit: toHex(1_000_000),
    verificationGasLimit: toHex(1_000_000),
    preVerificationGas: toHex(100_000),
    maxFeePerGas: toHex(10_000_000_000n),
    maxPriorityFeePerGas: toHex(1_000_000_000n),
    signature: "0x",
  };
  const digest = signingDigest(unsigned, deployment.entryPoint, localChainId);
  const signature = bytesToHex(signDigest(hexToBytes(digest), hexToBytes(secret)));
  const receipt = await land(vault, unsigned, signature);
  const taken = await chain.reader.getBalance({ address: target });
  const events = parseEventLogs({ abi: entryPoint07Abi, logs: receipt.logs });
  const outcome = events.find((event) => event.eventName === "UserOperationEvent");
  const revert = events.find((event) => event.eventName === "UserOperationRevertReason");
  return {
    reason: revert === undefined ? "no revert" : wordsOf(revert.args.revertReason),
    landed: receipt.status === "success" && outcome?.args.success === false,
    moved: taken > 0n,
  };
}

async function land(vault: LiveVault, unsigned: UserOperation, signature: Hex) {
  const { chain, deployment } = vault.stack;
  const packed = packOperation({ ...unsigned, signature });
  const thief = devAccount(roles.stranger);
  const data = encodeFunctionData({
    abi: entryPoint07Abi,
    functionName: "handleOps",
    args: [[packed], thief.address],
  });
  const wallet = chain.wallet(thief);
  const hash = await wallet.sendTransaction({ to: deployment.entryPoint, data, gas: 5_000_000n });
  return chain.reader.waitForTransactionReceipt({ hash });
}

function wordsOf(data: Hex): string {
  try {
    return decodeErrorResult({ abi: errorAbi, data }).args[0];
  } catch {
    return data.slice(0, 100);
  }
}
