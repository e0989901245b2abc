/** A bare chain with an account, a batching delegate that anybody drives, and feeds. */
import {
  BaseError,
  encodeFunctionData,
  type Hex,
  parseAbi,
  parseEther,
  toFunctionSelector,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { signDelegation } from "#client/delegation";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import type { Address } from "#protocol/names";
import { permissionHash } from "../../vault-actor/src/session/permission.ts";
import type { RedeemedCall } from "../../vault-actor/src/session/permission-args.ts";
import type { Caveat, Permission } from "../../vault-actor/src/session/session.ts";
import { fromDelegation } from "../../vault-actor/src/session/wire.ts";
import { devAccount, roles } from "../stack/chain/accounts.ts";
import { artifact } from "../stack/chain/artifacts.ts";
import { startBareChain } from "../stack/chain/bare.ts";
import { deploy } from "../stack/chain/deploy.ts";
import { localChainId } from "../stack/chain/node.ts";
import { encodeRedemptions, type Redemption } from "./redeem.ts";

/** Everything that the tests of contracts use. */
export type ContractWorld = Awaited<ReturnType<typeof contractWorld>>;

const batchAbi = parseAbi([
  "struct Call { address target; uint256 value; bytes data; }",
  "function run(Call[] calls) payable",
]);
const hookAbi = parseAbi([
  "function afterHook(bytes terms, bytes args, bytes32 mode, bytes execution, bytes32 delegation, address delegator, address redeemer)",
]);
const compiled = (name: string) => artifact(`../../../contracts/compiled/${name}.json`);
const mode: Hex = `0x${"00".repeat(32)}`;

/** Starts it. */
export async function contractWorld() {
  const { chain, deployment, stop } = await startBareChain();
  const { reader, tools } = chain;
  const { delegationManager, enforcers } = deployment;
  const owner = privateKeyToAccount(generatePrivateKey());
  const address = owner.address.toLowerCase() as Address;
  const { accountFactory: factory, accountImplementation: implementation } = deployment;
  const account = hybridAccount({
    factory,
    implementation,
    owner: address,
    salt: sessionSalt(address),
  });
  const stranger = chain.wallet(devAccount(roles.stranger));
  const send = async (to: Address, data: Hex, value = 0n) => {
    try {
      await reader.call({ account: stranger.account.address, to, data, value });
    } catch (fault) {
      return wordsOf(fault);
    }
    const hash = await stranger.sendTransaction({ to, data, value, gas: 10_000_000n });
    const { status } = await reader.waitForTransactionReceipt({ hash });
    return status === "success" ? "" : "reverted when it landed";
  };
  await send(factory, account.factoryData);
  await tools.setBalance({ address: account.address, value: parseEther("1000") });
  const batch = await deploy(chain, compiled("TestBatch"));
  const otherBatch = await deploy(chain, compiled("TestBatch"));
  await tools.setBalance({ address: batch, value: parseEther("1000") });
  const feedCode = artifact("../contracts/TestPriceFeed.json");
  const feedOf = async () => {
    const feed = await deploy(chain, feedCode, [8]);
    const args = [5n];
    await send(feed, encodeFunctionData({ abi: feedCode.abi, functionName: "setAnswer", args }));
    return feed;
  };
  const staleFeed = await feedOf();
  await tools.increaseTime({ seconds: 100 });
  const feed = await feedOf();

  const runData = (calls: readonly RedeemedCall[]) =>
    encodeFunctionData({ abi: batchAbi, functionName: "run", args: [calls] });
  const redemptionCall = (redemptions: readonly Redemption[]): RedeemedCall => ({
    target: delegationManager,
    value: 0n,
    data: encodeRedemptions(redemptions, enforcers),
  });
  const run = (calls: readonly RedeemedCall[]) => send(batch, runData(calls));
  let salt = 0n;
  const grant = async (caveats: readonly Caveat[]): Promise<Permission> => {
    const { delegation } = await signDelegation(owner, {
      chainId: localChainId,
      delegationManager,
      delegator: account.address,
      delegate: batch,
      caveats,
      salt: ++salt,
    });
    return fromDelegation(delegation);
  };
  const open = await grant([]);
  return {
    chain,
    deployment,
    stop,
    feed,
    staleFeed,
    otherBatch,
    /** The account that grants. */
    account: account.address,
    grant,
    nowSeconds: async () => Number((await reader.getBlock()).timestamp),
    /** Redeems in one transaction. Empty when it landed, else the chain's words. */
    redeem: (redemptions: readonly Redemption[]) => run([redemptionCall(redemptions)]),
    /** The same, in a block at a time. */
    async redeemAt(seconds: number, redemptions: readonly Redemption[]) {
      // A call is made on the newest block, so one is made at that time first.
      await tools.setNextBlockTimestamp({ timestamp: BigInt(seconds) });
      const to = batch;
      const data = runData([redemptionCall(redemptions)]);
      const hash = await stranger.sendTransaction({ to, data, gas: 10_000_000n });
      const { status } = await reader.waitForTransactionReceipt({ hash });
      if (status === "success") return "";
      const { account } = stranger;
      return reader.call({ account: account.address, to, data }).then(() => "", wordsOf);
    },
    redemptionCall,
    /** A call of the account to the batch, which then makes these calls. */
    batchCall: (calls: readonly RedeemedCall[], value: bigint): RedeemedCall => ({
      target: batch,
      value,
      data: runData(calls),
    }),
    /** The batch makes these calls in one transaction. */
    batch: run,
    runData,
    /** The account loses native coins. */
    spendCall: (amount: bigint) =>
      redemptionCall([{ permission: open, call: { target: sink, value: amount, data: "0x" } }]),
    /** A stranger calls the hook of an enforcer itself. */
    hookDirectly: (terms: Hex, permission: Permission) =>
      send(
        enforcers.windowSpend,
        encodeFunctionData({
          abi: hookAbi,
          functionName: "afterHook",
          args: [terms, "0x", mode, "0x", permissionHash(permission), account.address, batch],
        }),
      ),
  };
}

const sink = "0x00000000000000000000000000000000000000bb" as Address;

/** The contract's own words, or the name of its error. */
function wordsOf(fault: unknown): string {
  const text = fault instanceof BaseError ? `${fault.message} ${dataOf(fault)}` : String(fault);
  const words = /(WindowSpend|ArgRange|FairSwap):[a-z-]+/.exec(text)?.[0];
  return words ?? guardErrors.find(({ selector }) => text.includes(selector))?.name ?? text;
}

function dataOf(fault: BaseError): string {
  const cause = fault.walk((one) => typeof (one as { data?: unknown }).data === "string");
  return String((cause as { data?: unknown } | null)?.data ?? "");
}

const guardErrors = compiled("IntentGuard")
  .abi.filter((item) => item.type === "error")
  .map((item) => ({
    name: item.name,
    selector: toFunctionSelector(toSignature(item)).slice(0, 10),
  }));

function toSignature(item: {
  readonly name: string;
  readonly inputs: readonly { readonly type: string }[];
}) {
  return `${item.name}(${item.inputs.map(({ type }) => type).join(",")})`;
}
