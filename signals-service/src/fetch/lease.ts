/**
 * The calls that one run may make, taken out of the accounts' quotas ahead and given back when
 * they weren't made. A run that breaks off has thereby used a few calls more than it made.
 */
import { err, ok, type Result } from "#protocol/result";
import type { AskFailure } from "../source/source.ts";
import { type Grant, isCurrent, type Usage } from "./quota.ts";

/** Calls of an account that were taken and not made. */
export type Leased = { readonly account: string; readonly taken: Usage; readonly calls: number };

/** The calls of one run. */
export type Leases = {
  /** Takes one call, which then counts whatever comes of it. Never throws. */
  readonly take: (account: string) => Promise<Result<undefined, AskFailure>>;
  /** What was taken and not made. */
  readonly left: () => readonly Leased[];
};

/** How many calls are taken at once when a run needs more than it has. */
const more = 8;

/** Creates the leases of a run, with what its claim took. `grant` takes more. */
export function createLeases(deps: {
  readonly first: ReadonlyMap<string, Grant>;
  readonly grant: (account: string, calls: number) => Promise<Grant>;
  readonly now: () => number;
  readonly pace: number;
}): Leases {
  let held: Leased[] = [...deps.first].map(([account, { usage, calls }]) => ({
    account,
    taken: usage,
    calls,
  }));
  const takeHeld = (account: string): boolean => {
    const at = { nowMs: deps.now(), pace: deps.pace };
    const lease = held.find(
      // One of a minute that is over counts there, and not in the one that would be used.
      (one) => one.account === account && one.calls > 0 && isCurrent(one.taken, at),
    );
    held = held.map((one) => (one === lease ? { ...one, calls: one.calls - 1 } : one));
    return lease !== undefined;
  };
  return {
    left: () => held.filter(({ calls }) => calls > 0),
    async take(account) {
      if (takeHeld(account)) return ok(undefined);
      try {
        const { usage, calls, refusal } = await deps.grant(account, more);
        if (refusal !== undefined) return err(refusal);
        held = [...held, { account, taken: usage, calls: calls - 1 }];
        return ok(undefined);
      } catch {
        return err({ reason: "quota", detail: "what is used of it can't be read" });
      }
    },
  };
}
