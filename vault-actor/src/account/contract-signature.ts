/**
 * Checks signatures that a contract accepts (ERC-1271), by a quorum of nodes.
 *
 * There is no second way: what the contract does not accept is invalid, even when it would be a
 * good signature of some Ethereum key. A signature that brings a deployment along (ERC-6492) is
 * refused, because nothing is deployed to check it; accounts without code are proved by their
 * address instead (`identity/root.ts`).
 */
import { bytesToHex, encodeFunctionData, type Hex, parseAbi, toHex } from "viem";
import { type Address, parseAccount } from "#protocol/names";
import type { CheckProof, ProofVerdict } from "../identity/proof.ts";
import type { Chains } from "./chain-config.ts";
import type { Ask } from "./quorum.ts";

/** What asking about contracts needs. */
export type ContractDeps = {
  readonly chains: Chains;
  /** Asks a configured chain by quorum. */
  readonly ask: (chainId: number) => Ask;
};

const abi = parseAbi([
  "function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)",
]);

/** The magic value, padded as the ABI pads a `bytes4`. */
const accepted = `0x1626ba7e${"0".repeat(56)}`;

/** How an ERC-6492 signature ends. */
const wrapped = "6492".repeat(16);

/** Enough for a passkey that is checked in Solidity, and for a quorum of owners. */
const gasLimit = toHex(5_000_000);

/** Creates the check of members that are contracts. */
export function createContractCheck(deps: ContractDeps): CheckProof {
  return async (proof, member, digest) => {
    if (member.kind !== "CONTRACT") return "unsupported";
    if (proof.kind !== "erc1271") return "invalid";
    const account = parseAccount(member.id);
    if (account === undefined) return "invalid";
    if (!deps.chains.has(account.chainId)) return "unsupported";
    const ask = deps.ask(account.chainId);
    return checkContractSignature(ask, account.address, digest, proof.signature);
  };
}

/** Asks a contract whether it accepts a signature over a 32-byte digest. */
export async function checkContractSignature(
  ask: Ask,
  contract: Address,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<Exclude<ProofVerdict, "unsupported">> {
  const bytes: Hex = bytesToHex(signature);
  if (bytes.endsWith(wrapped)) return "invalid";
  const data = encodeFunctionData({
    abi,
    functionName: "isValidSignature",
    args: [bytesToHex(digest), bytes],
  });
  const [code, answer] = await Promise.all([
    ask("eth_getCode", [contract]),
    ask("eth_call", [{ to: contract, data, gas: gasLimit }]),
  ]);
  if (code.kind !== "value" || answer.kind === "unavailable") return "unavailable";
  // An address without code answers every call; some precompiles echo what they are asked.
  if (code.value === "0x" || answer.kind === "revert") return "invalid";
  return answer.value === accepted ? "valid" : "invalid";
}
