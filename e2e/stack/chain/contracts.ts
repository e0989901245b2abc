/** Puts the contracts of the on-chain stack on a local chain: account, permission, exchange. */
import * as frameworkAbi from "@metamask/delegation-abis";
import * as frameworkCode from "@metamask/delegation-abis/bytecode";
import type { Abi, Hex } from "viem";
import type { CaveatEnforcers } from "#client/permission";
import type { Address } from "#protocol/names";
import { devAccount, roles } from "./accounts.ts";
import { artifact } from "./artifacts.ts";
import { deploy, deployDeterministic } from "./deploy.ts";
import { deployFeeds, type PriceFeeds } from "./feeds.ts";
import type { LocalChain } from "./node.ts";
import { createPool } from "./pool.ts";

/** The salt of EntryPoint v0.7's canonical deployment: it has the same address everywhere. */
const entryPointSalt: Hex = "0x90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3";

/** The addresses of everything that is deployed. */
export type Deployment = {
  readonly entryPoint: Address;
  readonly delegationManager: Address;
  readonly accountFactory: Address;
  readonly accountImplementation: Address;
  readonly enforcers: CaveatEnforcers;
  readonly wrappedNative: Address;
  readonly usdc: Address;
  readonly pool: Address;
  readonly router: Address;
  readonly quoter: Address;
  readonly feeds: PriceFeeds;
};

/** Deploys EntryPoint v0.7. A bundler needs it before it starts. */
export function deployEntryPoint(chain: LocalChain): Promise<Address> {
  const { bytecode } = artifact("@account-abstraction/contracts/artifacts/EntryPoint.json");
  return deployDeterministic(chain, bytecode, entryPointSalt);
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
  const enforcers = {
    allowedTargets: await framework("AllowedTargetsEnforcer"),
    allowedMethods: await framework("AllowedMethodsEnforcer"),
    allowedCalldata: await framework("AllowedCalldataEnforcer"),
    nativeTokenPeriodTransfer: await framework("NativeTokenPeriodTransferEnforcer"),
    timestamp: await framework("TimestampEnforcer"),
    redeemer: await framework("RedeemerEnforcer"),
  };
  const exchange = await createPool(chain);
  return {
    entryPoint,
    delegationManager,
    accountFactory,
    accountImplementation,
    enforcers,
    ...exchange,
    feeds: await deployFeeds(chain),
  };
}
