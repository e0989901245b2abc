/**
 * Moves one execution on, as far as it goes without waiting.
 *
 * Safe to run any number of times and to be killed anywhere: each step starts from what is
 * stored, a signed operation is only ever sent again as it is, and its nonce lane lets it land
 * once.
 */
import { parseAccount } from "#protocol/names";
import { type Chains, chainIn } from "../account/chain-config.ts";
import type { Keyring } from "../keyring/keyring.ts";
import type { PriceReader } from "../price/price-reader.ts";
import type { JobOutcome } from "../scheduler/job.ts";
import { readSession } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import type { EffectDraft } from "./action/effect-draft.ts";
import type { ApprovalPort } from "./approval-port.ts";
import { type AccessDeps, accessTo } from "./chain-access.ts";
import { fail } from "./end.ts";
import type { Execution } from "./execution.ts";
import { plan } from "./plan-step.ts";
import { readExecution } from "./store.ts";
import { send, track } from "./track.ts";

/** What executing needs. */
export type ExecutionDeps = AccessDeps & {
  readonly db: Database;
  readonly keyring: Keyring;
  readonly chains: Chains;
  readonly vaultId: () => string;
  readonly prices: PriceReader;
  readonly approvals: ApprovalPort;
  /** Carries out an intent that has no user operation. */
  readonly runEffect: (execution: Execution, effect: EffectDraft) => Promise<JobOutcome>;
  /** Has the notary hold everything that is committed by now; false when it could not. */
  readonly secure: () => Promise<boolean>;
  readonly now: () => number;
};

/** Creates the handler of the job `advance`. */
export function createAdvance(deps: ExecutionDeps): (executionId: string) => Promise<JobOutcome> {
  return async (executionId) => {
    for (;;) {
      const execution = readExecution(deps.db, executionId);
      if (execution === undefined) return { kind: "done" };
      const outcome = await step(deps, execution);
      if (outcome === "next") continue;
      if (outcome.kind === "done") forgetRevoked(deps, execution);
      return outcome;
    }
  };
}

/** The key of a session that was revoked has been kept for voids: its last execution may end. */
function forgetRevoked({ db, keyring }: ExecutionDeps, { signed }: Execution): void {
  if (signed === undefined || readSession(db, signed.sessionId)?.state !== "REVOKED") return;
  if (keyring.holds(signed.sessionId)) keyring.forget(signed.sessionId);
}

async function step(deps: ExecutionDeps, execution: Execution): Promise<JobOutcome | "next"> {
  const account = parseAccount(deps.vaultId());
  const found = chainIn(deps.chains, account?.chainId ?? 0);
  if (!found.ok) {
    // A chain that left the configuration may come back; what is signed stays safe meanwhile.
    if (execution.signed !== undefined) return { kind: "retry", reason: "chain not configured" };
    return fail(deps, execution, found.error, "VAULT");
  }
  const chain = found.value;
  const access = accessTo(deps, chain);
  switch (execution.state) {
    case "PLANNED":
      return plan(deps, execution, access);
    case "SIGNED":
      return send(deps, execution, access);
    case "SENT":
    case "INCLUDED":
      return track(deps, execution, access);
    case "PENDING_APPROVAL":
      return { kind: "done" };
    case "FINAL":
    case "FAILED":
    case "CANCELLED":
      return { kind: "done" };
  }
}
