/** Puts the contracts of the on-chain stack on a local chain: account, permission, exchange. */
import * as frameworkAbi from "@metamask/delegation-abis";
import * as frameworkCode from "@metamask/delegation-abis/bytecode";
import type { Abi, Hex } from "viem";
import type { Address } from "#protocol/names";
import { devAccount, roles } from "./accounts.ts";
import { artifact } from "./artifacts.ts";
import { deploy, deployDeterministic } from "./deploy.ts";
import { deployFeeds, type PriceFeeds } from "./feeds.ts";
import type { LocalChain } from "./node.ts";
import { createPool } from "./pool.ts";

/**
 * Where an EntryPoint comes from, and the salt of its canonical deployment: with it, each version
 * has the same address everywhere.
 */
const entryPoints = {
  "0.7": {
    path: "@account-abstraction/contracts/artifacts/EntryPoint.json",
    salt: "0x90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3",
  },
  "0.8": {
    path: "@account-abstraction/contracts-0.8/artifacts/EntryPoint.json",
    salt: "0x0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9",
  },
} as const;

/** MetaMask's enforcers by the name that the chain's configuration has for them. */
const theirEnforcers = {
  allowedTargets: "AllowedTargetsEnforcer",
  allowedMethods: "AllowedMethodsEnforcer",
  allowedCalldata: "AllowedCalldataEnforcer",
  nativeTokenPeriodTransfer: "NativeTokenPeriodTransferEnforcer",
  erc20PeriodTransfer: "ERC20PeriodTransferEnforcer",
  timestamp: "TimestampEnforcer",
  redeemer: "RedeemerEnforcer",
  nonce: "NonceEnforcer",
} as const;

/** Ours. */
const ourEnforcers = {
  windowSpend: "WindowSpendEnforcer",
  argRange: "ArgRangeEnforcer",
  fairSwap: "FairSwapEnforcer",
} as const;

type EnforcerName = keyof typeof theirEnforcers | keyof typeof ourEnforcers | "logicalOrWrapper";

/** The addresses of everything that is deployed. */
export type Deployment = {
  readonly entryPoint: Address;
  readonly delegationManager: Address;
  readonly accountFactory: Address;
  readonly accountImplementation: Address;
  /** Every enforcer that a chain may be configured with. */
  readonly enforcers: Readonly<Record<EnforcerName, Address>>;
  readonly intentGuard: Address;
  readonly wrappedNative: Address;
  readonly usdc: Address;
  readonly pool: Address;
  readonly router: Address;
  readonly quoter: Address;
  readonly feeds: PriceFeeds;
};

/** Deploys an EntryPoint. A bundler needs it before it starts. */
export function deployEntryPoint(
  chain: LocalChain,
  version: keyof typeof entryPoints,
): Promise<Address> {
  const { path, salt } = entryPoints[version];
  return deployDeterministic(chain, artifact(path).bytecode, salt);
}

/** Deploys the rest. */
export async function deployContracts(chain: LocalChain, entryPoint: Address): Promise<Deployment> {
  const framework = (name: string, args: readonly unknown[] = [], library?: Address) => {
    const abi = (frameworkAbi as Record<string, unknown>)[name] as Abi;
    const unlinked = (frameworkCode as Record<string, unknown>)[name] as string;
    const bytecode = unlinked.replace(/__\$[0-9a-f]{34}\$__/g, library?.slice(2) ?? "") as Hex;
    return deploy(chain, { abi, bytecode }, args);
  };
  const owner = devAccount(roles.deployer).address;
  const delegationManager = await framework("DelegationManager", [owner]);
  const accountImplementation = await framework(
    "HybridDeleGator",
    [delegationManager, entryPoint],
    await framework("SCL_RIP7212"),
  );
  const accountFactory = await framework("SimpleFactory");
  const ours = (name: string) =>
    deploy(chain, artifact(`../../../contracts/compiled/${name}.json`));
  const each = async <K extends string>(
    names: Readonly<Record<K, string>>,
    put: (name: string) => Promise<Address>,
  ) => {
    const addresses: Partial<Record<K, Address>> = {};
    for (const key of Object.keys(names) as K[]) addresses[key] = await put(names[key]);
    return addresses as Record<K, Address>;
  };
  const enforcers = {
    ...(await each(theirEnforcers, (name) => framework(name))),
    ...(await each(ourEnforcers, ours)),
    logicalOrWrapper: await framework("LogicalOrWrapperEnforcer", [delegationManager]),
  };
  const intentGuard = await ours("IntentGuard");
  const exchange = await createPool(chain);
  return {
    entryPoint,
    delegationManager,
    accountFactory,
    accountImplementation,
    enforcers,
    intentGuard,
    ...exchange,
    feeds: await deployFeeds(chain),
  };
}
