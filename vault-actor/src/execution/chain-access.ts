/** Whom a chain is asked through: its nodes, one for each operator, its bundlers, its paymaster. */
import type { ChainConfig } from "../account/chain-config.ts";
import { hurryMs, type Rpc } from "../account/node.ts";
import type { Operators } from "../account/operators.ts";

/** The bundlers of a chain. What one says about another's operation is not asked. */
export type Bundlers = {
  /** A caller for each, in the order in which to ask them now. */
  readonly inOrder: () => readonly Rpc[];
  /** Told when a bundler says what can't be true. It changes nothing. */
  readonly onFault: (fault: Error) => void;
};

/** Where to ask. */
export type ChainAccess = {
  readonly chain: ChainConfig;
  /** Any node, the healthiest first: for what the chain itself checks again later. */
  readonly node: Rpc;
  /** One caller for each operator: for what decides over money. */
  readonly nodes: readonly Rpc[];
  readonly bundler: Bundlers;
  /** The ERC-7677 service, when one is configured. */
  readonly paymaster?: Rpc | undefined;
  /** Told when operators disagree. */
  readonly onDisagreement?: ((fault: Error) => void) | undefined;
};

/** What access is made of. */
export type AccessDeps = {
  /** A caller of endpoints, of which the last that is asked may take so many milliseconds. */
  readonly rpcFor: (urls: readonly string[], deadlineMs?: number) => Rpc;
  /** Orders endpoints by how well they answered of late. As configured when absent. */
  readonly rank?: ((urls: readonly string[]) => readonly string[]) | undefined;
  readonly onFault?: ((where: string, fault: unknown) => void) | undefined;
};

/** Makes the access to a chain. */
export function accessTo(deps: AccessDeps, chain: ChainConfig): ChainAccess {
  const { rpcFor, rank = (urls) => urls, onFault } = deps;
  // With another bundler at hand nobody waits long for one.
  const patience = chain.bundlerUrls.length > 1 ? ([hurryMs] as const) : ([] as const);
  return {
    chain,
    node: rpcFor(chain.rpcUrls),
    nodes: chain.rpcUrls.map((url) => rpcFor([url])),
    bundler: {
      inOrder: () => rank(chain.bundlerUrls).map((url) => rpcFor([url], ...patience)),
      onFault: (fault) => onFault?.("bundler", fault),
    },
    paymaster: chain.paymaster === undefined ? undefined : rpcFor([chain.paymaster.url]),
    onDisagreement: (fault) => onFault?.("quorum", fault),
  };
}

/** The operators of a chain, as questions to a quorum need them. */
export function operatorsOf(
  access: Pick<ChainAccess, "chain" | "nodes" | "onDisagreement">,
): Operators<Rpc> {
  const { chain, nodes, onDisagreement } = access;
  return {
    nodes,
    quorum: chain.quorum,
    until: (node, signal) => (method, params) => node(method, params, signal),
    onDisagreement: (fault) => onDisagreement?.(fault),
  };
}
