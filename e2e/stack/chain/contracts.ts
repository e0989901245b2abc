/** Puts the contracts of the on-chain stack on a local chain: account, permission, exchange. */
import * as frameworkAbi from "@metamask/delegation-abis";
import * as frameworkCode from "@metamask/delegation-abis/bytecode";
import type { Abi, Hex } from "viem";
import type { CaveatEnforcers } from "#client/permission";
import type { Address } from "#protocol/names";
import { devAccount, roles } from "./accounts.ts";
import { artifact } from "./artifacts.ts";
import { deploy, deployDeterministic } from "./deploy.ts";
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
  };
}
