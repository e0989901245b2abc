/**
 * Computes the address and the deployment of a HybridDeleGator account.
 *
 * Pure. The account is a proxy made by CREATE2 (EIP-1014), so its address follows from its
 * factory, implementation, owner and salt, before and without any deployment.
 */
import {
  concatHex,
  encodeAbiParameters,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  parseAbi,
  zeroAddress,
} from "viem";
import type { Address } from "../names.ts";
import { proxyBytecode, proxyRuntimeOffset } from "./proxy-bytecode.ts";

/** What an account's address follows from. */
export type HybridAccountSpec = {
  /** The SimpleFactory that deploys it. */
  readonly factory: Address;
  /** The HybridDeleGator implementation. */
  readonly implementation: Address;
  /** The Ethereum key or the contract that owns it, or the passkey. */
  readonly owner: Address | HybridPasskey;
  /** 32 bytes as hexadecimal. */
  readonly salt: Hex;
};

/** A passkey as an account knows it: a credential's id and a point on P-256. */
export type HybridPasskey = { readonly keyId: string; readonly x: bigint; readonly y: bigint };

/** An account and how to deploy it: call `factory` with `factoryData`. */
export type HybridAccount = {
  readonly address: Address;
  readonly factory: Address;
  readonly factoryData: Hex;
};

const accountAbi = parseAbi([
  "function initialize(address owner, string[] keyIds, uint256[] xValues, uint256[] yValues)",
]);
const factoryAbi = parseAbi(["function deploy(bytes bytecode, bytes32 salt) returns (address)"]);

/** Computes an account that one Ethereum key, contract or passkey owns. */
export function hybridAccount(spec: HybridAccountSpec): HybridAccount {
  const { owner } = spec;
  const initialize = encodeFunctionData({
    abi: accountAbi,
    functionName: "initialize",
    args:
      typeof owner === "string"
        ? [owner, [], [], []]
        : [zeroAddress, [owner.keyId], [owner.x], [owner.y]],
  });
  const parameters = encodeAbiParameters(
    [{ type: "address" }, { type: "bytes" }],
    [spec.implementation, initialize],
  );
  const bytecode = concatHex([proxyBytecode, parameters]);
  const address = getContractAddress({
    opcode: "CREATE2",
    from: spec.factory,
    salt: spec.salt,
    bytecode,
  });
  return {
    address: address.toLowerCase() as Address,
    factory: spec.factory,
    factoryData: encodeFunctionData({
      abi: factoryAbi,
      functionName: "deploy",
      args: [bytecode, spec.salt],
    }),
  };
}

/** The runtime code of every account: what its address has once it is deployed. */
export const hybridAccountCode: Hex = `0x${proxyBytecode.slice(2 + 2 * proxyRuntimeOffset)}`;

/** The salt of a session account: its session key's address, so that each key has its own. */
export function sessionSalt(keyAddress: Address): Hex {
  return `0x${keyAddress.slice(2).padStart(64, "0")}`;
}
