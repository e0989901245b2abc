/**
 * Asks all nodes of a chain at once, and believes only what enough of them say alike.
 *
 * For questions of ownership: one node that lies, lags or is silent decides nothing. Nodes that
 * disagree are reported and never judged; short of a quorum there is no answer.
 */
import type { Hex } from "viem";
import type { ChainConfig } from "./chain-config.ts";
import { callOnce, type FetchRpc, isRevert } from "./node.ts";

/** What the nodes say. `revert`: the call is carried out and reverts, whatever its reason. */
export type Agreement =
  | { readonly kind: "value"; readonly value: Hex }
  | { readonly kind: "revert" }
  | { readonly kind: "unavailable" };

/** The reads that decide about ownership. Each answers with bytes. */
export type ProofRead = "eth_getCode" | "eth_getStorageAt" | "eth_call";

/** Asks a chain at its proof block, which is added to the parameters. */
export type Ask = (method: ProofRead, params: readonly unknown[]) => Promise<Agreement>;

/** What a quorum is asked through. */
export type QuorumDeps = {
  readonly fetch: FetchRpc;
  /** Told when nodes disagree, with the answers' number only. */
  readonly onDisagreement: (fault: Error) => void;
};

/** The longest answer of one node, in bytes: several times the longest code of an account. */
const maxAnswerBytes = 262_144;

/** Creates the function that asks a chain's nodes. */
export function createAsk(deps: QuorumDeps, chain: ChainConfig): Ask {
  return async (method, params) => {
    const given = new AbortController();
    const answers: string[] = [];
    let silent = 0;
    const decided = new Promise<string | undefined>((decide) => {
      const note = (answer: string | undefined) => {
        if (answer === undefined) silent += 1;
        else answers.push(answer);
        const alike = answers.filter((other) => other === answer).length;
        // A quorum is more than half, so whatever the others say can't outvote it.
        if (answer !== undefined && alike >= chain.quorum) decide(answer);
        else if (answers.length + silent === chain.rpcUrls.length) decide(undefined);
      };
      for (const url of chain.rpcUrls) {
        void askOne(deps.fetch, url, method, [...params, chain.proofBlock], given.signal).then(
          note,
        );
      }
    });
    const agreed = await decided;
    given.abort();
    if (new Set(answers).size > 1) {
      const nodes = `${chain.rpcUrls.length} nodes of eip155:${chain.chainId}`;
      deps.onDisagreement(new Error(`${nodes} disagree about ${method}`));
    }
    if (agreed === undefined) return { kind: "unavailable" };
    return agreed === "revert" ? { kind: "revert" } : { kind: "value", value: agreed as Hex };
  };
}

/** One node's answer as text that can be compared. `undefined` when it is none. */
async function askOne(
  fetch: FetchRpc,
  url: string,
  method: ProofRead,
  params: readonly unknown[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const outcome = await callOnce<unknown>(fetch, url, method, params, {
    maxBytes: maxAnswerBytes,
    signal,
  });
  if (outcome.kind === "ok") {
    const { value } = outcome;
    const isBytes = typeof value === "string" && /^0x([0-9a-f]{2})*$/i.test(value);
    return isBytes ? value.toLowerCase() : undefined;
  }
  return outcome.kind === "final" && isRevert(outcome) ? "revert" : undefined;
}
