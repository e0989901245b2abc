/** Looks at an account through a quorum of nodes: its code, and whom the code names. */
import { decodeFunctionResult, encodeFunctionData, type Hex, keccak256, parseAbi } from "viem";
import { type HybridPasskey, hybridAccountCode } from "#protocol/account/hybrid-account";
import type { Address } from "#protocol/names";
import type { RootCode } from "../identity/root.ts";
import type { ChainConfig } from "./chain-config.ts";
import type { Ask } from "./quorum.ts";

/** Where a proxy keeps its implementation: `keccak256("eip1967.proxy.implementation") - 1`. */
const implementationSlot = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";

const abi = parseAbi([
  "function owner() view returns (address)",
  "function getKey(string keyId) view returns (uint256 x, uint256 y)",
]);

/** Reads what is at an account. `undefined` when the nodes give no answer. */
export async function lookAtCode(
  ask: Ask,
  chain: Pick<ChainConfig, "accountImplementation" | "rootCodeHashes">,
  account: Address,
): Promise<RootCode | undefined> {
  const code = await ask("eth_getCode", [account]);
  if (code.kind !== "value") return undefined;
  if (code.value === "0x") return { kind: "none" };
  const delegate = /^0xef0100([0-9a-f]{40})$/.exec(code.value)?.[1];
  if (delegate !== undefined) return { kind: "eip7702", delegate: `0x${delegate}` };
  const slot = await ask("eth_getStorageAt", [account, implementationSlot]);
  const stored =
    slot.kind === "value" ? /^0x0{24}([0-9a-f]{40})$/.exec(slot.value)?.[1] : undefined;
  if (stored === undefined) return undefined;
  const implementation: Address | undefined = /^0+$/.test(stored) ? undefined : `0x${stored}`;
  const hash = keccak256(code.value);
  const found = { kind: "contract", hash, implementation } as const;
  if (code.value === hybridAccountCode && implementation === chain.accountImplementation) {
    return { ...found, trust: "own" };
  }
  if (chain.rootCodeHashes.length === 0) return { ...found, trust: "any" };
  if (!chain.rootCodeHashes.includes(hash)) return { ...found, trust: "foreign" };
  if (implementation === undefined) return { ...found, trust: "listed" };
  const behind = await ask("eth_getCode", [implementation]);
  if (behind.kind !== "value") return undefined;
  const isListed = chain.rootCodeHashes.includes(keccak256(behind.value));
  return { ...found, trust: isListed ? "listed" : "foreign" };
}

/** Reads the owner that an account's code names. `undefined` when the nodes give no answer. */
export async function readOwner(
  ask: Ask,
  account: Address,
): Promise<{ readonly owner: Address | undefined } | undefined> {
  const data = encodeFunctionData({ abi, functionName: "owner" });
  const answer = await ask("eth_call", [{ to: account, data }]);
  if (answer.kind === "unavailable") return undefined;
  if (answer.kind === "revert") return { owner: undefined };
  const owner = attempt(() =>
    decodeFunctionResult({ abi, functionName: "owner", data: answer.value }),
  );
  return { owner: owner?.toLowerCase() as Address | undefined };
}

/** Whether an account's code names an owner. `undefined` when the nodes give no answer. */
export async function names(
  ask: Ask,
  account: Address,
  owner: Address | HybridPasskey,
): Promise<boolean | undefined> {
  if (typeof owner === "string") {
    const read = await readOwner(ask, account);
    return read === undefined ? undefined : read.owner === owner;
  }
  const data = encodeFunctionData({ abi, functionName: "getKey", args: [owner.keyId] });
  const answer = await ask("eth_call", [{ to: account, data }]);
  if (answer.kind === "unavailable") return undefined;
  if (answer.kind === "revert") return false;
  const key = attempt(() => decodeKey(answer.value));
  return key !== undefined && key[0] === owner.x && key[1] === owner.y;
}

function decodeKey(data: Hex): readonly [x: bigint, y: bigint] {
  return decodeFunctionResult({ abi, functionName: "getKey", data });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
