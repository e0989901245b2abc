/**
 * The closed union of what a vault wakes for, and what became of it. Pure.
 *
 * A job may run twice or late: every handler is safe to repeat.
 */

/**
 * `watch`: look at the world. `advance`: move an execution on; `ref` is its id. `forget`: drop
 * what can't be replayed any more. `renew`: wake, so that the vault's keys move to the current
 * KEK. `recover`: put the recovery that waits in force. `reconcile`: compare the account with
 * the chain. `policy`: put the change of the policy that waits in force. `approval`: end an
 * approval that nobody decided in time; `ref` is its id. `session`: warn of a permission that
 * ends, send a revocation, and see it on the chain; `ref` is the session's id. `portfolio`:
 * record what the account holds.
 */
export type JobKind =
  | "watch"
  | "advance"
  | "forget"
  | "renew"
  | "recover"
  | "reconcile"
  | "policy"
  | "approval"
  | "session"
  | "portfolio";

/** A job. `kind` and `ref` together are unique. */
export type Job = {
  readonly kind: JobKind;
  readonly ref: string;
  readonly dueMs: number;
  /** How often it failed in a row. */
  readonly attempt: number;
};

/** What became of a job. */
export type JobOutcome =
  /** It is done and leaves. */
  | { readonly kind: "done" }
  /**
   * It runs again at a time. `soft`: the row may stay as it is, due already, and only the alarm
   * need know the time: whoever forgets it runs the job too early, which costs one look and does
   * no harm.
   */
  | { readonly kind: "again"; readonly dueMs: number; readonly soft?: true }
  /** It failed and is tried again, later each time. */
  | { readonly kind: "retry"; readonly reason: string };

/** Runs a job. Must not throw for what the outside world does; what it throws counts as a retry. */
export type JobHandler = (ref: string, nowMs: number) => Promise<JobOutcome>;
