/**
 * Leaves without us: ends every permission and takes everything out of an account, with nothing but
 * a node of the chain and the owner's Ethereum key. One operation of the account, sent by the
 * owner's own transaction straight to the entry point: no vault, no bundler.
 */
import {
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  http,
  type LocalAccount,
  parseAbi,
  parseEventLogs,
} from "viem";
import { entryPoint07Abi } from "viem/account-abstraction";
import {
  disableCall,
  killSwitchCall,
  type SignedDelegationData,
} from "#protocol/account/revocation";
import type { Address } from "#protocol/names";
import { plentyOfGas, signOperation } from "./account-operation.ts";

/** What is left, and how. */
export type Leaving = {
  readonly rpcUrl: string;
  /** The owner's key. It pays for the transaction: it needs some native coins itself. */
  readonly owner: LocalAccount;
  /** The account, a HybridDeleGator that is deployed. */
  readonly account: Address;
  /** EntryPoint v0.7. */
  readonly entryPoint: Address;
  readonly delegationManager: Address;
  /** The permissions to disable, as GetSession showed them. */
  readonly permissions: readonly SignedDelegationData[];
  /** NonceEnforcer, for permissions that have the kill switch: no copy of them is needed. */
  readonly nonceEnforcer: Address | undefined;
  /** The tokens to take out, all of each. The native coin goes always. */
  readonly tokens: readonly Address[];
  readonly to: Address;
};

const abi = parseAbi([
  "function balanceOf(address account) view returns (uint256)",
  "function transfer(address to, uint256 amount) returns (bool)",
  "function execute(bytes32 mode, bytes executions) payable",
]);
const executionsType = [
  {
    type: "tuple[]",
    components: [
      { name: "target", type: "address" },
      { name: "value", type: "uint256" },
      { name: "callData", type: "bytes" },
    ],
  },
] as const;

/** ERC-7579: several calls, all or none. */
const batchMode: Hex = `0x01${"00".repeat(31)}`;

/** Leaves. Returns the transaction, or throws when anything of it failed: then nothing happened. */
export async function leave(leaving: Leaving): Promise<Hex> {
  const { account, entryPoint, owner, to } = leaving;
  const reader = createPublicClient({ transport: http(leaving.rpcUrl), pollingInterval: 500 });
  const chainId = await reader.getChainId();
  const chain = {
    id: chainId,
    name: "",
    nativeCurrency: { name: "", symbol: "", decimals: 18 },
    rpcUrls: { default: { http: [leaving.rpcUrl] } },
  };
  const wallet = createWalletClient({ account: owner, chain, transport: http(leaving.rpcUrl) });
  const fees = await reader.estimateFeesPerGas({ type: "eip1559", chain });
  const gas = { ...plentyOfGas, callGasLimit: 4_000_000n, ...fees };
  const send = async (data: Hex, value: bigint) => {
    const hash = await wallet.sendTransaction({ to: entryPoint, data, value });
    const receipt = await reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new Error(`the transaction ${hash} failed`);
    return receipt;
  };

  // The owner pays the operation's fee in advance, so that the account's last coin can leave.
  const limits = gas.callGasLimit + gas.verificationGasLimit + gas.preVerificationGas;
  const prefund = limits * gas.maxFeePerGas;
  const deposit = encodeFunctionData({
    abi: entryPoint07Abi,
    functionName: "depositTo",
    args: [account],
  });
  await send(deposit, prefund);

  const calls = await callsOf(leaving, (token) =>
    reader.readContract({ address: token, abi, functionName: "balanceOf", args: [account] }),
  );
  const ether = await reader.getBalance({ address: account });
  const last = ether === 0n ? [] : [{ target: to, value: ether, callData: "0x" as const }];
  const executions = encodeAbiParameters(executionsType, [[...calls, ...last]]);
  const operation = await signOperation(owner, {
    chainId,
    entryPoint,
    sender: account,
    nonce: await reader.readContract({
      address: entryPoint,
      abi: entryPoint07Abi,
      functionName: "getNonce",
      args: [account, 0n],
    }),
    callData: encodeFunctionData({ abi, functionName: "execute", args: [batchMode, executions] }),
    gas,
  });
  const handle = encodeFunctionData({
    abi: entryPoint07Abi,
    functionName: "handleOps",
    args: [[operation], owner.address],
  });
  const { logs, transactionHash } = await send(handle, 0n);
  const events = parseEventLogs({ abi: entryPoint07Abi, logs, eventName: "UserOperationEvent" });
  if (events[0]?.args.success !== true) throw new Error(`${transactionHash}: it was reverted`);
  return transactionHash;
}

async function callsOf(
  { delegationManager, nonceEnforcer, permissions, tokens, to }: Leaving,
  balanceOf: (token: Address) => Promise<bigint>,
) {
  const call = (target: Address, callData: Hex) => ({ target, value: 0n, callData });
  const transfers = await Promise.all(
    tokens.map(async (token) => {
      const args = [to, await balanceOf(token)] as const;
      return call(token, encodeFunctionData({ abi, functionName: "transfer", args }));
    }),
  );
  return [
    ...(nonceEnforcer === undefined
      ? []
      : [call(nonceEnforcer, killSwitchCall(delegationManager))]),
    ...permissions.map((permission) => call(delegationManager, disableCall(permission))),
    ...transfers,
  ];
}
