/**
 * JSON-RPC nodes of one chain, as far as questions of ownership see them. Each may be honest
 * or not. Stands for the nodes' HTTP, which is the outside world.
 */
import {
  decodeFunctionData,
  encodeAbiParameters,
  type Hex,
  hexToBytes,
  pad,
  parseAbi,
  zeroAddress,
} from "viem";
import { hybridAccountCode } from "#protocol/account/hybrid-account";
import type { Address } from "#protocol/names";
import { recoverSigner } from "#protocol/proof/eip191";

const abi = parseAbi([
  "function owner() view returns (address)",
  "function getKey(string keyId) view returns (uint256 x, uint256 y)",
  "function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)",
]);

/** What is at an address. A function that is not there reverts. */
export type FakeAccount = {
  readonly code: Hex;
  /** What the EIP-1967 slot holds. */
  readonly implementation?: Address;
  readonly owner?: Address;
  readonly keys?: Readonly<Record<string, readonly [x: bigint, y: bigint]>>;
  /** What `isValidSignature` returns, raw; `undefined` reverts. */
  readonly judge?: (digest: Hex, signature: Hex) => Hex | undefined;
};

/** What a node does instead of answering honestly; `undefined` lets it answer. */
export type Fault = (method: string, params: readonly unknown[]) => Response | undefined;

/** The magic value of ERC-1271, as the ABI pads it. */
export const magic: Hex = `0x1626ba7e${"0".repeat(56)}`;

const revert = { code: 3, message: "execution reverted", data: "0x" };

export class FakeNodes {
  readonly accounts = new Map<string, FakeAccount>();
  readonly faults = new Map<string, Fault>();
  /** What was asked, by node. */
  readonly asked: { readonly url: string; readonly method: string; readonly block: unknown }[] = [];

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { method, params } = JSON.parse(String(init.body)) as {
      method: string;
      params: readonly unknown[];
    };
    this.asked.push({ url, method, block: params.at(-1) });
    const fault = this.faults.get(url)?.(method, params);
    if (fault !== undefined) return fault;
    const result = this.#answer(method, params);
    const body = result === undefined ? { error: revert } : { result };
    return Response.json({ jsonrpc: "2.0", id: 1, ...body });
  };

  #answer(method: string, params: readonly unknown[]): Hex | undefined {
    if (method === "eth_call") {
      const { to, data } = params[0] as { to: string; data: Hex };
      return this.#call(this.accounts.get(to), data);
    }
    const account = this.accounts.get(params[0] as string);
    if (method === "eth_getCode") return account?.code ?? "0x";
    if (method === "eth_getStorageAt") return pad(account?.implementation ?? zeroAddress);
    throw new Error(`the fake nodes do not know ${method}`);
  }

  #call(account: FakeAccount | undefined, data: Hex): Hex | undefined {
    if (account === undefined) return "0x";
    const call = decodeFunctionData({ abi, data });
    switch (call.functionName) {
      case "owner":
        return account.owner && pad(account.owner);
      case "getKey": {
        const point = account.keys?.[call.args[0]] ?? [0n, 0n];
        return encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }], point);
      }
      case "isValidSignature":
        return account.judge?.(...call.args);
    }
  }
}

/** A HybridDeleGator of an Ethereum key, as it is deployed. */
export function fakeHybrid(implementation: Address, owner: Address): FakeAccount {
  return { code: hybridAccountCode, implementation, owner, judge: signedBy(owner) };
}

/** A contract that accepts what one Ethereum key signs. */
export function signedBy(owner: Address): NonNullable<FakeAccount["judge"]> {
  return (digest, signature) =>
    recoverSigner(hexToBytes(digest), hexToBytes(signature)) === owner ? magic : undefined;
}
