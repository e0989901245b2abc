/** A trigger of a run: what its owner writes, and who judges what became of it. */
import type { Trigger } from "#gen/trigger/v1/trigger";
import type { Finding, History } from "../history.ts";
import type { Random } from "../random.ts";
import type { Feed } from "../script/feed.ts";

/** A trigger with its judge. The judge knows the contract, and nothing of how it is kept. */
export type Subject = {
  readonly words: string;
  readonly trigger: Trigger;
  /** What keeps the vault awake for as long as it is watched: every round, or times of its own. */
  readonly wakes: "rounds" | "times" | "not always";
  readonly judge: (history: History) => readonly Finding[];
};

/** What a kind of trigger is drawn from. */
export type Draw = (
  random: Random,
  world: { readonly feed: Feed; readonly startMs: number; readonly endMs: number },
) => Subject;
