/** Collects what the nodes of one evaluation want to remember. Pure: lives for one evaluation. */
import type { Change } from "./leaf-kind.ts";
import type { NodeState, States } from "./state.ts";

/** What a node asks for beside what it remembers in any case. */
type Note = {
  readonly decided?: Change | undefined;
  readonly fired?: Change | undefined;
  /** Of an occurrence: it is used up only by a firing that it is a cause of. */
  readonly cause?: string | undefined;
  /** Causes that are used up together with it. */
  readonly with?: readonly string[];
};

const nothing: ReadonlyMap<string, Change> = new Map();

/** The changes of one evaluation. */
export class Memory {
  readonly #notes: { readonly path: string; readonly note: Note }[] = [];
  readonly #before: States;
  #after: Record<string, NodeState> | undefined;

  constructor(before: States) {
    this.#before = before;
  }

  /** What a node returned last. */
  of(path: string): NodeState | undefined {
    return this.#before[path];
  }

  /** `null` forgets, `undefined` keeps. */
  set(path: string, state: NodeState | null | undefined): void {
    if (state === undefined || state === (this.#after ?? this.#before)[path]) return;
    if (state === null && this.#before[path] === undefined) return;
    this.#after ??= { ...this.#before };
    if (state === null) delete this.#after[path];
    else this.#after[path] = state;
  }

  note(path: string, note: Note): void {
    this.#notes.push({ path, note });
  }

  /** Where the notes of the nodes that come next begin. */
  mark(): number {
    return this.#notes.length;
  }

  /** Uses up occurrences that were noted since `mark`, whatever becomes of the whole condition. */
  use(mark: number, causes: readonly string[]): void {
    if (causes.length === 0) return;
    const used = new Set(causes);
    for (const { path, note } of this.#uses(mark, used)) {
      this.set(path, (note.fired ?? note.decided)?.state);
    }
    const rest = this.#notes.splice(mark).filter(({ note }) => !used.has(note.cause ?? ""));
    this.#notes.push(...rest);
  }

  /** What is remembered, and what else changes by path. `causes` are those of the whole. */
  end(causes: readonly string[]) {
    const states = this.#after ?? this.#before;
    if (this.#notes.length === 0) return { states, decided: nothing, fired: nothing };
    const decided = new Map<string, Change>();
    const fired = new Map<string, Change>();
    for (const { path, note } of this.#notes) {
      if (note.decided !== undefined) decided.set(path, note.decided);
      if (note.cause === undefined && note.fired !== undefined) fired.set(path, note.fired);
    }
    for (const { path, note } of this.#uses(0, new Set(causes))) {
      if (note.fired !== undefined) fired.set(path, note.fired);
    }
    return { states, decided, fired };
  }

  /** The notes of occurrences among `causes`. Parents come first: they add what they rest on. */
  #uses(mark: number, causes: Set<string>) {
    const found: { readonly path: string; readonly note: Note }[] = [];
    for (let i = this.#notes.length - 1; i >= mark; i -= 1) {
      const one = this.#notes[i];
      if (one?.note.cause === undefined || !causes.has(one.note.cause)) continue;
      for (const cause of one.note.with ?? []) causes.add(cause);
      found.push(one);
    }
    return found;
  }
}
