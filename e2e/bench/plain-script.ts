/**
 * The least that anybody needs for one operation of a session: a script without a vault. It has an
 * account of the same kind, a permission with the same caveats, the same call and checks, the same
 * bundler and node; it asks the bundler for its price and for gas, signs, sends and waits.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createRedeemerTerms, createTimestampTerms } from "@metamask/delegation-core";
import { type Hex, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { signOperation } from "#client/account-operation";
import { signDelegation } from "#client/delegation";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import type { Address } from "#protocol/names";
import type { Guards } from "../../vault-actor/src/execution/act.ts";
import type { AccountCall } from "../../vault-actor/src/execution/redemption.ts";
import { sessionCallData } from "../../vault-actor/src/execution/session-operation.ts";
import { placeholderSignature } from "../../vault-actor/src/execution/user-operation.ts";
import { fromDelegation } from "../../vault-actor/src/session/wire.ts";
import { fundAccount, makeOwner, sendEther } from "../scenario/owner.ts";
import { inAMonth } from "../scenario/session.ts";
import { localChainId } from "../stack/chain/node.ts";
import type { Stack } from "../stack/stack.ts";

/** Sends one operation. Returns the milliseconds until its receipt is there. */
export type PlainScript = (call: AccountCall, asset: string) => Promise<number>;

/** How often the script asks for the receipt, in milliseconds. */
const pollMs = 20;

/** Makes the accounts and the permission, and deploys both. */
export async function plainScript(stack: Stack): Promise<PlainScript> {
  const { deployment, chain, chainConfig } = stack;
  const { accountFactory: factory, accountImplementation: implementation } = deployment;
  const { enforcers, delegationManager, entryPoint } = deployment;
  const owner = makeOwner(stack);
  await fundAccount(stack, owner, "10");
  const key = privateKeyToAccount(generatePrivateKey());
  const keyAddress = key.address.toLowerCase() as Address;
  const session = hybridAccount({
    factory,
    implementation,
    owner: keyAddress,
    salt: sessionSalt(keyAddress),
  });
  const hash = await chain
    .wallet(owner.account)
    .sendTransaction({ to: factory, data: session.factoryData });
  await chain.reader.waitForTransactionReceipt({ hash });
  await sendEther(stack, session.address, "0.5");
  const { delegation } = await signDelegation(owner.account, {
    chainId: localChainId,
    delegationManager,
    delegate: session.address,
    delegator: owner.smartAccount.address,
    caveats: [
      {
        enforcer: enforcers.timestamp,
        terms: createTimestampTerms({ afterThreshold: 0, beforeThreshold: inAMonth() }) as Hex,
      },
      {
        enforcer: enforcers.redeemer,
        terms: createRedeemerTerms({ redeemers: [session.address] }) as Hex,
      },
    ],
    salt: 1n,
  });
  const permission = fromDelegation(delegation);
  const [bundlerUrl = ""] = chainConfig.bundlerUrls;
  let lane = 0n;
  return async (call, asset) => {
    const startMs = performance.now();
    const guards: Guards = {
      deadlineSeconds: Math.floor(Date.now() / 1000) + 600,
      changes: [{ asset, atLeast: -call.value }],
      feeds: [],
    };
    const callData = sessionCallData(permission, [call], guards, chainConfig);
    const nonce = ++lane << 64n;
    const { fast } = await rpc<{ fast: Record<"maxFeePerGas" | "maxPriorityFeePerGas", Hex> }>(
      bundlerUrl,
      "pimlico_getUserOperationGasPrice",
      [],
    );
    const draft = { sender: session.address, nonce: toHex(nonce), callData, ...fast };
    const limits = await rpc<
      Record<"callGasLimit" | "verificationGasLimit" | "preVerificationGas", Hex>
    >(bundlerUrl, "eth_estimateUserOperationGas", [
      { ...draft, ...noGas, signature: placeholderSignature },
      entryPoint,
    ]);
    const { callGasLimit, verificationGasLimit, preVerificationGas } = limits;
    const gas = {
      callGasLimit: (BigInt(callGasLimit) * 115n) / 100n,
      verificationGasLimit: (BigInt(verificationGasLimit) * 115n) / 100n,
      preVerificationGas: (BigInt(preVerificationGas) * 115n) / 100n,
      maxFeePerGas: BigInt(fast.maxFeePerGas),
      maxPriorityFeePerGas: BigInt(fast.maxPriorityFeePerGas),
    };
    const { signature } = await signOperation(key, {
      chainId: localChainId,
      entryPoint,
      sender: session.address,
      nonce,
      callData,
      gas,
    });
    const numbers = Object.fromEntries(
      Object.entries(gas).map(([name, value]) => [name, toHex(value)]),
    );
    const sent = { ...draft, ...numbers, signature };
    const known = await rpc<Hex>(bundlerUrl, "eth_sendUserOperation", [sent, entryPoint]);
    for (;;) {
      const receipt = await rpc<{ success: boolean } | null>(
        bundlerUrl,
        "eth_getUserOperationReceipt",
        [known],
      );
      if (receipt?.success === false) throw new Error("the script's operation failed");
      if (receipt !== null) return performance.now() - startMs;
      await sleep(pollMs);
    }
  };
}

/** What the bundler is to find. */
const noGas = { callGasLimit: "0x0", verificationGasLimit: "0x0", preVerificationGas: "0x0" };

async function rpc<T>(url: string, method: string, params: readonly unknown[]): Promise<T> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body });
  const said = (await answer.json()) as { result?: T; error?: { message: string } };
  if (said.error !== undefined) throw new Error(`${method}: ${said.error.message}`);
  return said.result as T;
}
