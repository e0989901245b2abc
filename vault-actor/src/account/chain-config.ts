/**
 * Reads the chains that a deployment serves, with their contracts and endpoints.
 *
 * Pure. Nothing about a chain is built in: what is not configured is refused.
 */
import type { Hex } from "viem";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { type Address, parseAsset } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import {
  type ChainExtras,
  chainExtras,
  type OptionalEnforcers,
  optionalEnforcers,
} from "./chain-extras.ts";
import { address, type Json, record, urls, whole } from "./config-field.ts";

/** A block tag: the newest, one that the rollup's data is published for, or a final one. */
export type ProofBlock = "latest" | "safe" | "finalized";

/** One chain. Addresses are lowercase. */
export type ChainConfig = ChainExtras & {
  readonly chainId: number;
  /** JSON-RPC endpoints of nodes, each of another operator; of two that are well the first goes first. */
  readonly rpcUrls: readonly string[];
  /**
   * How many of `rpcUrls` must say the same of ownership and of what moves money: more than half.
   * Counts operators, so each endpoint should be another operator's.
   */
  readonly quorum: number;
  /** The block that such questions are asked at. */
  readonly proofBlock: ProofBlock;
  /**
   * What other code than ours an account may have: keccak-256 of runtime code. Of a proxy
   * (EIP-1967) both its own and its implementation's must be here. Empty: any that answers
   * ERC-1271.
   */
  readonly rootCodeHashes: readonly Hex[];
  /** JSON-RPC endpoints of ERC-4337 bundlers; of two that are well the first goes first. */
  readonly bundlerUrls: readonly string[];
  /** How many blocks must follow before a block counts as final. */
  readonly confirmations: number;
  /** How long a block takes, in milliseconds: how often to look for a receipt. */
  readonly blockTimeMs: number;
  /** The EntryPoint of the session accounts, of `entryPointVersion`. */
  readonly entryPoint: Address;
  readonly delegationManager: Address;
  /** SimpleFactory of the delegation framework. */
  readonly accountFactory: Address;
  /** HybridDeleGator implementation. */
  readonly accountImplementation: Address;
  readonly enforcers: {
    readonly timestamp: Address;
    readonly redeemer: Address;
  } & OptionalEnforcers;
  readonly wrappedNative: Address;
  readonly uniswapV3: { readonly router: Address; readonly quoter: Address };
  /**
   * CAIP-19 ids of this chain's assets that count as safety: buying one with anything else reduces
   * exposure, which is all that curated and crowd signals may cause. Empty: they cause nothing.
   */
  readonly reserveAssets: readonly string[];
};

/** The chains of a deployment, by id. */
export type Chains = ReadonlyMap<number, ChainConfig>;

/** Reads the `CHAINS` setting: a JSON array of chains. Throws on a malformed one. */
export function parseChains(json: string): Chains {
  const list: unknown = JSON.parse(json);
  if (!Array.isArray(list)) throw new Error("CHAINS must be a JSON array");
  return new Map(list.map((item) => [chainOf(item).chainId, chainOf(item)] as const));
}

/** Finds a chain. */
export function chainIn(chains: Chains, chainId: number): Result<ChainConfig, Failure> {
  const chain = chains.get(chainId);
  if (chain !== undefined) return ok(chain);
  const name = `eip155:${chainId}`;
  return refuse("CHAIN_UNSUPPORTED", `${name} is not configured`, { chain: name });
}

function chainOf(value: unknown): ChainConfig {
  const chain = record(value, "chain");
  const uniswap = record(chain.uniswapV3, "uniswapV3");
  const enforcers = record(chain.enforcers, "enforcers");
  const rpcUrls = urls(chain, "rpcUrls");
  return {
    chainId: whole(chain, "chainId", 1),
    rpcUrls,
    quorum: quorumOf(chain, rpcUrls),
    proofBlock: proofBlockOf(chain.proofBlock),
    rootCodeHashes: hashes(chain.rootCodeHashes),
    bundlerUrls: urls(chain, "bundlerUrls"),
    confirmations: whole(chain, "confirmations", 0),
    blockTimeMs: whole(chain, "blockTimeMs", 1),
    entryPoint: address(chain, "entryPoint"),
    delegationManager: address(chain, "delegationManager"),
    accountFactory: address(chain, "accountFactory"),
    accountImplementation: address(chain, "accountImplementation"),
    enforcers: {
      timestamp: address(enforcers, "timestamp"),
      redeemer: address(enforcers, "redeemer"),
      ...optionalEnforcers(enforcers),
    },
    wrappedNative: address(chain, "wrappedNative"),
    uniswapV3: { router: address(uniswap, "router"), quoter: address(uniswap, "quoter") },
    ...chainExtras(chain, whole(chain, "chainId", 1)),
    reserveAssets: assets(chain.reserveAssets, whole(chain, "chainId", 1)),
  };
}

/** A majority, because with less two answers could both win. */
function quorumOf(chain: Json, rpcUrls: readonly string[]): number {
  const majority = Math.floor(rpcUrls.length / 2) + 1;
  if (chain.quorum === undefined) return majority;
  const quorum = whole(chain, "quorum", majority);
  if (quorum <= rpcUrls.length) return quorum;
  throw new Error("CHAINS: quorum must be at most the number of rpcUrls");
}

function proofBlockOf(value: unknown = "safe"): ProofBlock {
  if (value === "latest" || value === "safe" || value === "finalized") return value;
  throw new Error("CHAINS: proofBlock must be latest, safe or finalized");
}

function hashes(value: unknown = []): readonly Hex[] {
  const valid = Array.isArray(value) && value.every((hash) => /^0x[0-9a-f]{64}$/.test(hash));
  if (valid) return value as Hex[];
  throw new Error("CHAINS: rootCodeHashes must be a list of lowercase hashes");
}

function assets(value: unknown, chainId: number): readonly string[] {
  const list: unknown = value ?? [];
  const valid =
    Array.isArray(list) && list.every((text) => parseAsset(String(text))?.chainId === chainId);
  if (valid && new Set(list).size === list.length) return list as string[];
  throw new Error("CHAINS: reserveAssets must be a list of different assets of the chain");
}
