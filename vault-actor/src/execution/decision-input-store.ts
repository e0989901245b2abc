/** Reads all that a decision looks at beside the operation. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { formatAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { readKey } from "../identity/key-store.ts";
import type { DecisionInput, Restricted } from "../policy/decision.ts";
import { readReceipts } from "../policy/recipient-store.ts";
import type { Restriction } from "../policy/restriction.ts";
import { fromGrantRestrictions, fromRestriction } from "../policy/restriction-wire.ts";
import { readPolicy } from "../policy/store.ts";
import type { Spend } from "../policy/usage.ts";
import { liveSessions } from "../session/store.ts";
import type { Database } from "../storage/database.ts";
import { readTrigger } from "../trigger/store.ts";

/** Who asks, what was spent, and when it is. */
export type DecisionFor = {
  readonly keyId: string;
  readonly triggerId?: string | undefined;
  /** Of a trigger that is not stored yet. Without it the stored one's counts. */
  readonly restriction?: Restriction | undefined;
  readonly spends: readonly Spend[];
  readonly approved?: boolean;
  readonly nowMs: number;
};

/** Reads it. A restriction that is gone or is not understood refuses: nobody knows what it said. */
export function decisionInput(db: Database, by: DecisionFor): Result<DecisionInput, Failure> {
  const { keyId, triggerId, spends, approved = false, nowMs } = by;
  const policy = readPolicy(db);
  const granted = readKey(db, keyId);
  const ofKey =
    granted === undefined ? ok<readonly Restriction[]>([]) : fromGrantRestrictions(granted.grant);
  if (!ofKey.ok) return ofKey;
  const ofTrigger =
    by.restriction === undefined ? restrictionOf(db, triggerId) : ok([by.restriction]);
  if (!ofTrigger.ok) return ofTrigger;
  const restrictions: Restricted[] = [
    ...ofKey.value.map((restriction) => ({ layer: "KEY" as const, restriction })),
    ...ofTrigger.value.map((restriction) => ({ layer: "TRIGGER" as const, restriction })),
  ];
  const { newRecipients, approvals } = policy;
  const needsReceipts = newRecipients !== undefined || approvals?.newRecipient === true;
  return ok({
    policy,
    restrictions,
    keyId,
    triggerId,
    spends,
    receipts: needsReceipts ? readReceipts(db) : [],
    infrastructure: infrastructure(db),
    mayAsk: granted?.key.scopes.has("APPROVAL_REQUEST") === true,
    approved,
    nowMs,
  });
}

function restrictionOf(
  db: Database,
  triggerId: string | undefined,
): Result<readonly Restriction[], Failure> {
  if (triggerId === undefined) return ok([]);
  const trigger = readTrigger(db, triggerId);
  if (trigger === undefined) {
    return refuse("POLICY_REFUSED", "the trigger that asked for this is gone", { rule: "trigger" });
  }
  const { restriction } = trigger.body;
  if (restriction === undefined) return ok([]);
  const read = fromRestriction(restriction, "trigger.restriction");
  return read.ok ? ok([read.value]) : read;
}

/** The session accounts and delegation managers of the vault. */
function infrastructure(db: Database): ReadonlySet<string> {
  return new Set(
    liveSessions(db).flatMap(({ chainId, accountAddress, delegationManager }) =>
      [accountAddress, delegationManager].map((address) => formatAccount({ chainId, address })),
    ),
  );
}
