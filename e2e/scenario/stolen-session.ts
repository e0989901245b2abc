/**
 * A vault's account on a chain where nothing of ours runs, a compiled permission that its owner
 * signed, and a thief who holds the session's key and sends straight to the entry point.
 */
import { create } from "@bufbuild/protobuf";
import {
  decodeErrorResult,
  encodeFunctionData,
  type Hex,
  parseAbi,
  parseEther,
  parseEventLogs,
  parseUnits,
} from "viem";
import { entryPoint07Abi } from "viem/account-abstraction";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { plentyOfGas, signOperation } from "#client/account-operation";
import { signDelegation } from "#client/delegation";
import { PolicySchema } from "#gen/vault/v1/policy";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import { executeCall } from "#protocol/account/revocation";
import type { Address } from "#protocol/names";
import { encodeSwap } from "../../vault-actor/src/execution/action/venue.ts";
import { compilePermission } from "../../vault-actor/src/session/compile/compile.ts";
import { killSwitch } from "../../vault-actor/src/session/on-chain.ts";
import type { Permission } from "../../vault-actor/src/session/session.ts";
import { fromDelegation } from "../../vault-actor/src/session/wire.ts";
import { devAccount, roles } from "../stack/chain/accounts.ts";
import { artifact } from "../stack/chain/artifacts.ts";
import { startBareChain } from "../stack/chain/bare.ts";
import { deploy } from "../stack/chain/deploy.ts";
import { localChainId } from "../stack/chain/node.ts";
import { poolFee } from "../stack/chain/pool.ts";
import { encodeRedemptions, type Redemption } from "./redeem.ts";

const tokenAbi = parseAbi([
  "function mint(address to, uint256 amount)",
  "function transfer(address to, uint256 amount) returns (bool)",
  "function approve(address spender, uint256 amount) returns (bool)",
  "function balanceOf(address account) view returns (uint256)",
]);
const gas = { ...plentyOfGas, callGasLimit: 6_000_000n, verificationGasLimit: 2_000_000n };
const fees = { maxFeePerGas: 10_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };

/** What became of an operation. */
export type Landed = { readonly success: boolean; readonly reason: string; readonly gas: bigint };

/** Starts the chain, and puts everything on it. */
export async function stolenSession() {
  const { chain, deployment, stop } = await startBareChain();
  const { reader, tools } = chain;
  const { usdc, router, wrappedNative, enforcers, entryPoint, delegationManager } = deployment;
  const owner = privateKeyToAccount(generatePrivateKey());
  const secret = generatePrivateKey();
  const key = privateKeyToAccount(secret);
  const lower = (text: string) => text.toLowerCase() as Address;
  const { accountFactory: factory, accountImplementation: implementation } = deployment;
  const accountOf = (of: Address) =>
    hybridAccount({ factory, implementation, owner: of, salt: sessionSalt(of) });
  const [vault, session] = [accountOf(lower(owner.address)), accountOf(lower(key.address))];
  const payee = lower(devAccount(roles.liquidity).address);
  const thief = lower(devAccount(roles.stranger).address);
  const stranger = chain.wallet(devAccount(roles.stranger));
  const send = async (to: Address, data: Hex, value = 0n) => {
    const hash = await stranger.sendTransaction({ to, data, value, gas: 20_000_000n });
    const receipt = await reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new Error("a transaction failed");
    return receipt;
  };
  for (const account of [vault, session]) await send(factory, account.factoryData);
  const mint = encodeFunctionData({
    abi: tokenAbi,
    functionName: "mint",
    args: [vault.address, parseUnits("10000", 6)],
  });
  await send(usdc, mint);
  await tools.setBalance({ address: vault.address, value: parseEther("10") });
  await tools.setBalance({ address: session.address, value: parseEther("50") });

  const feedCode = artifact("../contracts/TestPriceFeed.json");
  const feedOf = async (answer: bigint) => {
    const feed = await deploy(chain, feedCode, [8]);
    await setFeed(feed, answer);
    return feed;
  };
  const setFeed = (feed: Address, answer: bigint) =>
    send(
      feed,
      encodeFunctionData({ abi: feedCode.abi, functionName: "setAnswer", args: [answer] }),
    );
  const [etherFeed, usdcFeed] = [await feedOf(2_500n * 10n ** 8n), await feedOf(10n ** 8n)];

  const id = (address: Address) => `eip155:${localChainId}:${address}`;
  const native = `eip155:${localChainId}/slip44:60`;
  const usdcId = `eip155:${localChainId}/erc20:${usdc}`;
  const priced = (asset: string, feed: Address) =>
    ({ kind: "chainlink", group: "feeds", asset, feed, maxAgeSeconds: 86_400 }) as const;
  const day = (maxAmount: bigint) => ({ window: { seconds: 86_400n }, maxAmount: `${maxAmount}` });
  const policy = create(PolicySchema, {
    calls: [
      { target: id(router), selectors: ["0x04e45aaf"] },
      { target: id(usdc), selectors: ["0xa9059cbb"] },
      { target: id(payee), selectors: ["0x"] },
    ],
    assets: [
      { asset: native, maxPerOperation: `${parseEther("1")}`, windows: [day(parseEther("1"))] },
      {
        asset: usdcId,
        maxPerOperation: `${parseUnits("1500", 6)}`,
        windows: [day(parseUnits("1500", 6))],
      },
    ],
    recipients: [id(payee)],
    maxSlippageBps: 100,
  });
  const nowSeconds = async () => Number((await reader.getBlock()).timestamp);
  const expireSeconds = (await nowSeconds()) + 3 * 86_400;
  const nonce = await killSwitch(
    async (_, params) => {
      const [call] = params as [{ to: Address; data: Hex }];
      const { data = "0x" } = await reader.call(call);
      return { kind: "value", value: data };
    },
    vault.address,
    delegationManager,
    enforcers.nonce,
  );
  const compiled = compilePermission({
    policy,
    chain: {
      chainId: localChainId,
      enforcers,
      wrappedNative,
      uniswapV3: { router, quoter: deployment.quoter },
      priceSources: [priced(native, etherFeed), priced(usdcId, usdcFeed)],
      entryPoint,
      delegationManager,
    },
    vaultAccount: vault.address,
    sessionAccount: session.address,
    expireSeconds,
    startSeconds: await nowSeconds(),
    nonce,
  });
  if (!compiled.ok) throw new Error(compiled.error.detail);
  const { caveats, salt, delegate, delegator } = compiled.value;
  const { delegation } = await signDelegation(owner, {
    chainId: localChainId,
    delegationManager,
    delegate,
    delegator,
    caveats,
    salt,
  });
  const permission = fromDelegation(delegation);

  let lane = 0n;
  /** Signs with a key and lands operations in one bundle, past every bundler. */
  const landAll = async (
    wallet: typeof key,
    sender: Address,
    callDatas: readonly Hex[],
  ): Promise<readonly Landed[]> => {
    const operations = await Promise.all(
      callDatas.map((callData) =>
        signOperation(wallet, {
          chainId: localChainId,
          entryPoint,
          sender,
          nonce: ++lane << 64n,
          callData,
          gas: { ...gas, ...fees },
        }),
      ),
    );
    const data = encodeFunctionData({
      abi: entryPoint07Abi,
      functionName: "handleOps",
      args: [operations, stranger.account.address],
    });
    const { logs } = await send(entryPoint, data);
    const events = parseEventLogs({ abi: entryPoint07Abi, logs });
    const reverts = events.filter((event) => event.eventName === "UserOperationRevertReason");
    return events
      .filter((event) => event.eventName === "UserOperationEvent")
      .map(({ args }) => {
        const revert = reverts.find((one) => one.args.userOpHash === args.userOpHash);
        const reason = revert === undefined ? "" : wordsOf(revert.args.revertReason);
        return { success: args.success, reason, gas: args.actualGasUsed };
      });
  };
  const redeemData = (redemptions: readonly Redemption[]) =>
    executeCall(delegationManager, encodeRedemptions(redemptions, enforcers));
  const balances = async () => ({
    ether: await reader.getBalance({ address: vault.address }),
    usdc: await reader.readContract({
      address: usdc,
      abi: tokenAbi,
      functionName: "balanceOf",
      args: [vault.address],
    }),
  });
  const token = (functionName: "transfer" | "approve", to: Address, units: string) => ({
    target: usdc,
    value: 0n,
    data: encodeFunctionData({ abi: tokenAbi, functionName, args: [to, parseUnits(units, 6)] }),
  });
  return {
    chain,
    deployment,
    stop,
    owner,
    key,
    vault,
    session,
    payee,
    thief,
    permission,
    expireSeconds,
    feeds: { ether: etherFeed, usdc: usdcFeed },
    setFeed,
    balances,
    nowSeconds,
    /** The thief's operation: redemptions in one. */
    steal: async (redemptions: readonly Redemption[]) =>
      (await landAll(key, session.address, [redeemData(redemptions)]))[0] as Landed,
    /** The gas of a redemption in a transaction of its own, without an operation around it. */
    redemptionGas: (redemptions: readonly Redemption[]) =>
      reader.estimateGas({
        account: session.address,
        to: delegationManager,
        data: encodeRedemptions(redemptions, enforcers),
      }),
    /** Several operations in one bundle, each with its redemptions. */
    stealMany: (each: readonly (readonly Redemption[])[]) =>
      landAll(key, session.address, each.map(redeemData)),
    /** The owner's own operation. */
    own: async (callData: Hex) => (await landAll(owner, vault.address, [callData]))[0] as Landed,
    pay: (to: Address, units: string) => token("transfer", to, units),
    approve: (to: Address, units: string) => token("approve", to, units),
    give: (to: Address, ether: string) => ({
      target: to,
      value: parseEther(ether),
      data: "0x" as Hex,
    }),
    swap: (ether: string, over: { recipient?: Address; tokenOut?: Address } = {}) => ({
      target: router,
      value: parseEther(ether),
      data: encodeSwap(
        {
          tokenIn: wrappedNative,
          tokenOut: over.tokenOut ?? usdc,
          fee: poolFee,
          amountIn: parseEther(ether),
          atLeast: 0n,
        },
        over.recipient ?? vault.address,
        false,
      ),
    }),
    /** Signs a delegation with the stolen key, as its account. */
    delegateOn: async (to: Address, of: Permission, authority: Hex) => {
      const { signTypedData } = key;
      const signed = await signDelegation(
        {
          signTypedData: (data) =>
            signTypedData({ ...data, message: { ...data.message, authority } }),
        },
        {
          chainId: localChainId,
          delegationManager,
          delegate: to,
          delegator: of.delegate,
          caveats: [],
          salt: 1n,
        },
      );
      return { ...fromDelegation(signed.delegation), authority };
    },
  };
}

const errorAbi = parseAbi(["error Error(string)"]);

function wordsOf(data: Hex): string {
  try {
    return decodeErrorResult({ abi: errorAbi, data }).args[0];
  } catch {
    return data.slice(0, 10);
  }
}
