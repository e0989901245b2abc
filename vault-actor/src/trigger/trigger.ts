/** A standing instruction and where it stands. Pure. */
import { type Trigger as TriggerMessage, Verdict } from "#gen/trigger/v1/trigger";
import type { States } from "./state.ts";

/** Whether a trigger is watched. */
export type TriggerState = "ACTIVE" | "PAUSED" | "EXHAUSTED" | "EXPIRED";

/** A trigger: what its owner wrote, and what became of it. */
export type Trigger = {
  readonly triggerId: string;
  readonly sequence: number;
  /** Name, condition, intent and fire policy. */
  readonly body: TriggerMessage;
  readonly version: number;
  readonly standing: Standing;
  /** The key whose limits hold for what the trigger does. */
  readonly creatorKeyId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
};

/** Where a trigger stands: all that its owner did not write. */
export type Standing = {
  readonly state: TriggerState;
  readonly progress: Progress;
  /** What the condition last was. */
  readonly verdict: Verdict;
  /** What the conditions remember. */
  readonly states: States;
  /** Since when it is watched without a pause. What is older does not count. */
  readonly activeMs: number;
  /** Since when its inputs are stale. */
  readonly staleMs: number | undefined;
  /** Whether that was told, or acted on. */
  readonly staleTold: boolean;
};

/** How far a trigger's fire policy has come. */
export type Progress = {
  /** Whether the next true fires. False after a firing, until the condition clears. */
  readonly armed: boolean;
  readonly fireCount: number;
  readonly lastFireMs: number | undefined;
};

/** A trigger's progress at its start, and after a change of its condition. */
export const fresh: Progress = { armed: true, fireCount: 0, lastFireMs: undefined };

/** Where a trigger stands when it starts. */
export function startingAt(nowMs: number, progress: Progress = fresh): Standing {
  return {
    state: "ACTIVE",
    progress,
    verdict: Verdict.UNSPECIFIED,
    states: {},
    activeMs: nowMs,
    staleMs: undefined,
    staleTold: false,
  };
}

/** The most triggers of a vault. */
export const maxTriggers = 1000;
