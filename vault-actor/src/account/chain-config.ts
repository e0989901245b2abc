/**
 * Reads the chains that a deployment serves, with their contracts and endpoints.
 *
 * Pure. Nothing about a chain is built in: what is not configured is refused.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import type { Address } from "#protocol/names";
import { ok, type Result } from "#protocol/result";

/** One chain. Addresses are lowercase. */
export type ChainConfig = {
  readonly chainId: number;
  /** JSON-RPC endpoints of nodes, tried in order. */
  readonly rpcUrls: readonly string[];
  /** JSON-RPC endpoints of ERC-4337 bundlers, tried in order. */
  readonly bundlerUrls: readonly string[];
  /** How many blocks must follow before a block counts as final. */
  readonly confirmations: number;
  /** How long a block takes, in milliseconds: how often to look for a receipt. */
  readonly blockTimeMs: number;
  /** EntryPoint v0.7. */
  readonly entryPoint: Address;
  readonly delegationManager: Address;
  /** SimpleFactory of the delegation framework. */
  readonly accountFactory: Address;
  /** HybridDeleGator implementation. */
  readonly accountImplementation: Address;
  readonly enforcers: { readonly timestamp: Address; readonly redeemer: Address };
  readonly wrappedNative: Address;
  readonly uniswapV3: { readonly router: Address; readonly quoter: Address };
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
  return {
    chainId: whole(chain, "chainId", 1),
    rpcUrls: urls(chain, "rpcUrls"),
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
    },
    wrappedNative: address(chain, "wrappedNative"),
    uniswapV3: { router: address(uniswap, "router"), quoter: address(uniswap, "quoter") },
  };
}

type Json = Readonly<Record<string, unknown>>;

function record(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null) return value as Json;
  throw new Error(`CHAINS: ${name} must be an object`);
}

function whole(object: Json, name: string, min: number): number {
  const value = object[name];
  if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
  throw new Error(`CHAINS: ${name} must be a whole number of at least ${min}`);
}

function address(object: Json, name: string): Address {
  const value = object[name];
  if (typeof value === "string" && /^0x[0-9a-f]{40}$/.test(value)) return value as Address;
  throw new Error(`CHAINS: ${name} must be a lowercase address`);
}

function urls(object: Json, name: string): readonly string[] {
  const value = object[name];
  const valid = Array.isArray(value) && value.length > 0 && value.every((url) => URL.canParse(url));
  if (valid) return value as string[];
  throw new Error(`CHAINS: ${name} must be a list of URLs`);
}
