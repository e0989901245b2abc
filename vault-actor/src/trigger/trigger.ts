/** A standing instruction and where it stands. Pure. */
import type { Trigger as TriggerMessage } from "#gen/trigger/v1/trigger";

/** Whether a trigger is watched. */
export type TriggerState = "ACTIVE" | "PAUSED" | "EXHAUSTED" | "EXPIRED";

/** The outcome of an evaluation, as stored. */
export type StoredVerdict = "UNSPECIFIED" | "TRUE" | "FALSE" | "UNKNOWN";

/** A trigger: what its owner wrote, and what became of it. */
export type Trigger = {
  readonly triggerId: string;
  readonly sequence: number;
  readonly state: TriggerState;
  /** Name, condition, intent and fire policy. */
  readonly body: TriggerMessage;
  readonly version: number;
  readonly progress: Progress;
  readonly lastVerdict: StoredVerdict;
  /** The key whose limits hold for what the trigger does. */
  readonly creatorKeyId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
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

/** The most triggers of a vault. */
export const maxTriggers = 1000;
