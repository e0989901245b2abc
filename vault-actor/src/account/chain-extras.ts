/**
 * Reads what a chain may have beside what every chain needs: enforcers that limits compile to,
 * price sources, a guard, a paymaster. Pure. What is left out is not used.
 */
import { type Address, parseAsset } from "#protocol/names";
import { address, type Json, record, refused, whole } from "./config-field.ts";

/** EntryPoint versions that a session account may use. */
export type EntryPointVersion = "0.7" | "0.8";

/**
 * Caveat enforcers that a policy's limits compile to. The first group is MetaMask's; the last
 * three are ours, see `contracts/`. Without one, its limits are the vault's alone.
 */
export type OptionalEnforcers = {
  readonly allowedTargets?: Address;
  readonly allowedMethods?: Address;
  readonly allowedCalldata?: Address;
  readonly nativeTokenPeriodTransfer?: Address;
  readonly erc20PeriodTransfer?: Address;
  readonly logicalOrWrapper?: Address;
  readonly nonce?: Address;
  readonly windowSpend?: Address;
  readonly argRange?: Address;
  readonly fairSwap?: Address;
};

const enforcerNames = [
  "allowedTargets",
  "allowedMethods",
  "allowedCalldata",
  "nativeTokenPeriodTransfer",
  "erc20PeriodTransfer",
  "logicalOrWrapper",
  "nonce",
  "windowSpend",
  "argRange",
  "fairSwap",
] as const satisfies readonly (keyof OptionalEnforcers)[];

/** An ERC-7677 paymaster service that pays the session account's fees. */
export type PaymasterConfig = {
  readonly url: string;
  /** What the service wants to know, as it documents it. */
  readonly context: Json;
};

/** Where a price of an asset comes from. `group`: sources of one group are one opinion. */
export type PriceSource =
  | {
      readonly kind: "chainlink";
      readonly group: string;
      readonly asset: string;
      /** An AggregatorV3 feed in US dollars. */
      readonly feed: Address;
      /** The age at which it counts as stale: its heartbeat and a little more. */
      readonly maxAgeSeconds: number;
    }
  | {
      readonly kind: "uniswap_v3_twap";
      readonly group: string;
      readonly asset: string;
      /** What the pool prices the asset in. Its own price comes from a source of another kind. */
      readonly quote: string;
      readonly pool: Address;
      readonly windowSeconds: number;
    };

/** A rollup's uptime feed (Chainlink's): a stopped sequencer leaves old prices that look young. */
export type SequencerFeed = {
  readonly feed: Address;
  /** How long after a stop no price counts: until feeds and markets have caught up. */
  readonly graceSeconds: number;
};

/** What a chain may have. */
export type ChainExtras = {
  /** Which version `entryPoint` is. Absent: 0.7. */
  readonly entryPointVersion: EntryPointVersion;
  readonly paymaster: PaymasterConfig | undefined;
  /** `contracts/IntentGuard.sol`, which checks an operation's effects on chain. */
  readonly intentGuard: Address | undefined;
  readonly priceSources: readonly PriceSource[];
  /** Absent: the chain has no sequencer, or nobody asks whether it runs. */
  readonly sequencer?: SequencerFeed;
};

/** Reads the optional enforcers. */
export function optionalEnforcers(enforcers: Json): OptionalEnforcers {
  const known = enforcerNames.filter((name) => enforcers[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, address(enforcers, name)]));
}

/** Reads the extras of a chain. */
export function chainExtras(chain: Json, chainId: number): ChainExtras {
  const version = chain.entryPointVersion ?? "0.7";
  if (version !== "0.7" && version !== "0.8") refused("entryPointVersion must be 0.7 or 0.8");
  const { intentGuard, paymaster, sequencer } = chain;
  return {
    entryPointVersion: version as EntryPointVersion,
    paymaster: paymaster === undefined ? undefined : paymasterOf(record(paymaster, "paymaster")),
    intentGuard: intentGuard === undefined ? undefined : address(chain, "intentGuard"),
    priceSources: sourcesOf(chain.priceSources ?? [], chainId),
    ...(sequencer === undefined ? {} : { sequencer: sequencerOf(record(sequencer, "sequencer")) }),
  };
}

function paymasterOf(value: Json): PaymasterConfig {
  const { url, context = {} } = value;
  if (typeof url !== "string" || !URL.canParse(url)) return refused("paymaster.url must be a URL");
  return { url, context: record(context, "paymaster.context") };
}

function sequencerOf(value: Json): SequencerFeed {
  return { feed: address(value, "feed"), graceSeconds: whole(value, "graceSeconds", 0) };
}

function sourcesOf(value: unknown, chainId: number): readonly PriceSource[] {
  if (!Array.isArray(value)) return refused("priceSources must be a list");
  const sources = value.map((item) => sourceOf(record(item, "a price source"), chainId));
  const names = sources.map(({ asset, group }) => `${asset} ${group}`);
  if (new Set(names).size === names.length) return sources;
  return refused("priceSources: an asset has one source of each group");
}

/** Longer than a day says nothing of now, and few pools remember it. */
const maxWindowSeconds = 86_400;

function sourceOf(item: Json, chainId: number): PriceSource {
  const { kind, group } = item;
  if (typeof group !== "string" || group === "") return refused("a price source has a group");
  const asset = assetOf(item.asset, chainId);
  if (kind === "chainlink") {
    const feed = address(item, "feed");
    return { kind, group, asset, feed, maxAgeSeconds: whole(item, "maxAgeSeconds", 1) };
  }
  if (kind !== "uniswap_v3_twap") return refused("a price source is chainlink or uniswap_v3_twap");
  const quote = assetOf(item.quote, chainId);
  const windowSeconds = whole(item, "windowSeconds", 1);
  if (windowSeconds > maxWindowSeconds) return refused("windowSeconds is at most a day");
  return { kind, group, asset, quote, pool: address(item, "pool"), windowSeconds };
}

function assetOf(value: unknown, chainId: number): string {
  if (parseAsset(String(value))?.chainId === chainId) return String(value);
  return refused("a price source prices assets of its own chain");
}
