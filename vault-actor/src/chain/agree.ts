/**
 * Asks all nodes of a chain the same questions, and believes an answer that a quorum gives alike.
 *
 * One node that lies, lags or is silent decides nothing, and nobody waits for it. Nodes that
 * disagree are reported and never judged.
 */
import type { ChainConfig } from "../account/chain-config.ts";
import type { AskNode, Call, Said } from "./ask-node.ts";

/** A question whose answers can be compared. */
export type Question = Call & {
  /** An answer as text. `undefined`: it is none. */
  readonly canon: (value: unknown) => string | undefined;
};

/** What a quorum says. `revert`: the call is carried out and reverts, whatever its reason. */
export type Agreed =
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "revert" }
  | { readonly kind: "unavailable" };

/** A chain, and how to ask its nodes. */
export type Nodes = {
  readonly chain: ChainConfig;
  readonly ask: readonly AskNode[];
  /** Told when nodes disagree, without their answers. */
  readonly onDisagreement: (fault: Error) => void;
};

/** How many questions go into one request. */
const maxBatch = 50;

/** How long all questions together may take, in milliseconds. */
const deadlineMs = 10_000;

/** Asks `questions`, `batch` in a request. The answers are in their order. */
export async function agree(
  nodes: Nodes,
  questions: readonly Question[],
  batch = maxBatch,
): Promise<readonly Agreed[]> {
  const { chain } = nodes;
  const polls = questions.map(() => new Poll(chain.quorum));
  const given = new AbortController();
  await new Promise<void>((done) => {
    if (questions.length === 0) return done();
    const timer = setTimeout(done, deadlineMs);
    let open = polls.length;
    const note = (at: number, said: Said) => {
      const [question, poll] = [questions[at], polls[at]];
      if (question === undefined || poll === undefined) return;
      if (poll.count(textOf(question, said)) && --open === 0) done();
    };
    const asked = nodes.ask.map((node) => askAll(node, questions, batch, given.signal, note));
    void Promise.all(asked).then(() => {
      clearTimeout(timer);
      done();
    });
  });
  given.abort();
  const disputed = questions.filter((_, at) => polls[at]?.isDisputed).map(({ method }) => method);
  if (disputed.length > 0) {
    const methods = [...new Set(disputed)].join(", ");
    const who = `${nodes.ask.length} nodes of eip155:${chain.chainId}`;
    nodes.onDisagreement(new Error(`${who} disagree about ${methods}`));
  }
  return polls.map((poll) => poll.agreed);
}

/** Counts the answers to one question. */
class Poll {
  agreed: Agreed = { kind: "unavailable" };
  readonly #quorum: number;
  readonly #counts = new Map<string, number>();

  constructor(quorum: number) {
    this.#quorum = quorum;
  }

  get isDisputed(): boolean {
    return this.#counts.size > 1;
  }

  /** Whether this answer decides. A quorum is more than half, so that only one answer can. */
  count(text: string | undefined): boolean {
    if (text === undefined) return false;
    const alike = (this.#counts.get(text) ?? 0) + 1;
    this.#counts.set(text, alike);
    if (alike !== this.#quorum) return false;
    this.agreed = text === revert ? { kind: "revert" } : { kind: "value", text: text.slice(1) };
    return true;
  }
}

/** Values begin with `=`, so that none can be taken for this. */
const revert = "revert";

function textOf({ canon }: Question, said: Said): string | undefined {
  if (said.kind === "revert") return revert;
  if (said.kind === "failed") return undefined;
  const text = canon(said.value);
  return text === undefined ? undefined : `=${text}`;
}

async function askAll(
  node: AskNode,
  questions: readonly Question[],
  batch: number,
  signal: AbortSignal,
  note: (at: number, said: Said) => void,
): Promise<void> {
  for (let from = 0; from < questions.length && !signal.aborted; from += batch) {
    const calls = questions.slice(from, from + batch);
    const said = await node(
      calls.map(({ method, params }) => ({ method, params })),
      signal,
    );
    // Whoever is cut off says nothing: it is not that the node failed.
    if (signal.aborted) return;
    for (const [at, one] of said.entries()) note(from + at, one);
  }
}
