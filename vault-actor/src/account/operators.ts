/**
 * Asks every operator's node the same question, and believes what a quorum of them answers alike.
 *
 * For what moves money: one operator that lies, lags or is silent neither invents, hides nor
 * alters anything. An answer here may take several calls to one node, which are all that node's
 * word. With one operator configured, its word is all there is.
 */
import type { Outcome } from "./node.ts";

/** The operators of a chain. */
export type Operators<Node> = {
  /** One caller for each operator. */
  readonly nodes: readonly Node[];
  /** How many must agree: more than half. */
  readonly quorum: number;
  /** The same caller, whose calls are cut off with `signal`: nobody waits for them any more. */
  readonly until: (node: Node, signal: AbortSignal) => Node;
  /** Told when operators disagree, without their answers. */
  readonly onDisagreement: (fault: Error) => void;
};

/** How an answer is compared. */
export type Comparison<T> = {
  /** What the question is called where a disagreement is told. */
  readonly what: string;
  /** The answer as text. Equal texts are equal answers. */
  readonly textOf: (value: T) => string;
  /** Whether a refusal is the chain's verdict, which counts as an answer: as text. */
  readonly verdictOf?: (refusal: {
    readonly code: number;
    readonly reason: string;
  }) => string | undefined;
};

/** Why a call is cut off. One for all: making one costs more than the rest of a question. */
const enough = new DOMException("enough others have answered", "AbortError");

/** Asks all at once. Short of a quorum it is `retry`; nobody waits for who can't change it. */
export async function askOperators<Node, T>(
  { nodes, quorum, until, onDisagreement }: Operators<Node>,
  ask: (node: Node) => Promise<Outcome<T>>,
  { what, textOf, verdictOf }: Comparison<T>,
): Promise<Outcome<T>> {
  const given = new AbortController();
  const votes = new Map<string, number>();
  let missing = "no node answers";
  const decided = new Promise<Outcome<T> | undefined>((decide) => {
    let open = nodes.length;
    if (open === 0) decide(undefined);
    const note = (outcome: Outcome<T>) => {
      open -= 1;
      const text = textOfOutcome(outcome, textOf, verdictOf);
      if (text === undefined) missing = outcome.kind === "ok" ? "not an answer" : outcome.reason;
      else {
        const alike = (votes.get(text) ?? 0) + 1;
        votes.set(text, alike);
        if (alike >= quorum) return decide(outcome);
      }
      if (open === 0) decide(undefined);
    };
    for (const node of nodes) {
      ask(until(node, given.signal)).then(note, () =>
        note({ kind: "retry", reason: "the call broke" }),
      );
    }
  });
  const agreed = await decided;
  given.abort(enough);
  if (votes.size > 1) onDisagreement(new Error(`${nodes.length} nodes disagree about ${what}`));
  if (agreed !== undefined) return agreed;
  const reason = votes.size > 1 ? `the nodes disagree about ${what}` : missing;
  return { kind: "retry", reason };
}

function textOfOutcome<T>(
  outcome: Outcome<T>,
  textOf: Comparison<T>["textOf"],
  verdictOf: Comparison<T>["verdictOf"],
): string | undefined {
  if (outcome.kind === "ok") return `=${textOf(outcome.value)}`;
  if (outcome.kind === "retry") return undefined;
  const verdict = verdictOf?.(outcome);
  return verdict === undefined ? undefined : `!${verdict}`;
}

/** How long slower nodes are waited for once enough have answered, in milliseconds. */
const graceMs = 300;

/** All answers of operators, a moment after a quorum of them answered, or when everybody has. */
export async function gather<Node, T>(
  { nodes, quorum, until }: Pick<Operators<Node>, "nodes" | "quorum" | "until">,
  ask: (node: Node) => Promise<Outcome<T>>,
): Promise<{ readonly answers: readonly T[]; readonly reason: string }> {
  const given = new AbortController();
  const answers: T[] = [];
  let reason = "no node answers";
  let timer: ReturnType<typeof setTimeout> | undefined;
  await new Promise<void>((done) => {
    const asked = nodes.map(async (node) => {
      const answer = await ask(until(node, given.signal)).catch(() => undefined);
      if (answer?.kind === "ok") answers.push(answer.value);
      else reason = answer?.reason ?? "the call broke";
      if (answers.length === quorum && nodes.length > quorum) timer ??= setTimeout(done, graceMs);
    });
    void Promise.all(asked).then(() => done());
  });
  // A timer that is left keeps the object awake.
  clearTimeout(timer);
  given.abort(enough);
  return { answers: [...answers], reason };
}

/**
 * The highest number that at least a quorum of operators has reached, such as the newest block.
 * One that claims too much, or lags, moves it by no more than the others allow.
 */
export async function reachedBy<Node>(
  operators: Operators<Node>,
  ask: (node: Node) => Promise<Outcome<number>>,
): Promise<Outcome<number>> {
  const { answers, reason } = await gather(operators, ask);
  const value = [...answers].sort((a, b) => b - a)[operators.quorum - 1];
  return value === undefined ? { kind: "retry", reason } : { kind: "ok", value };
}
