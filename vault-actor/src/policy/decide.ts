/**
 * Decides whether a policy allows an operation.
 *
 * Pure: the same code judges what people, agents and triggers ask for, live and simulated.
 * Default deny: a target, selector, asset or recipient that no rule names is refused. The vault's
 * policy, the key's restriction and the trigger's must all allow; the first rule that refuses
 * decides, and one that refuses wins over all that want the owners.
 */
import type { Failure } from "#protocol/failure";
import { err, ok, type Result } from "#protocol/result";
import { allows, denies } from "./check.ts";
import { checkCalls, checkChain, checkHours } from "./check-calls.ts";
import {
  checkAllowances,
  checkHosts,
  checkPrices,
  checkRecipients,
  checkSlippage,
} from "./check-flow.ts";
import {
  checkApprovals,
  checkAssets,
  checkFees,
  checkNewRecipients,
  checkOperations,
  checkUsd,
} from "./check-limits.ts";
import type { Allowed, Check, Decision, DecisionInput, MetLimit } from "./decision.ts";
import type { Operation } from "./operation.ts";

/** Allows an operation, with the limits it met and the rules that want the owners, or refuses it. */
export function decide(operation: Operation, input: DecisionInput): Result<Allowed, Failure> {
  const met: MetLimit[] = [];
  const approval: string[] = [];
  for (const check of checksOf(operation, input)) {
    if (check.outcome === "DENY") return err(check.failure);
    if (check.outcome === "APPROVAL") approval.push(labelled(check));
    if (check.available !== undefined) met.push({ rule: labelled(check) });
  }
  return ok({ met, approval });
}

/** Says what every rule says, in order, up to the one that refuses. */
export function explain(operation: Operation, input: DecisionInput): Decision {
  const checks: Check[] = [];
  for (const check of checksOf(operation, input)) {
    checks.push(check);
    if (check.outcome === "DENY") return { checks, outcome: "DENY", decidingRule: check.rule };
  }
  const asking = checks.find(({ outcome }) => outcome === "APPROVAL");
  const outcome = asking === undefined ? "ALLOW" : "APPROVAL";
  return { checks, outcome, decidingRule: asking?.rule ?? "" };
}

/** The rules in the order in which they are looked at. Stop at the first that refuses. */
function* checksOf(operation: Operation, input: DecisionInput): Generator<Check> {
  // What touches no chain takes nothing: a freeze, a notification, a webhook to a listed host.
  if (isEffect(operation)) {
    yield allows("VAULT", "nothing is taken");
    yield* checkHosts(operation, input);
    return;
  }
  yield checkChain(operation, input);
  yield* checkHours(input);
  if (operation.calls.length === 0) {
    yield denies("VAULT", "calls", "calls", "there is nothing to call");
  }
  yield* checkCalls(operation, input);
  yield* checkAllowances(operation, input);
  yield* checkRecipients(operation, input);
  yield* checkSlippage(operation, input);
  yield* checkHosts(operation, input);
  yield* checkPrices(operation, input);
  yield* checkAssets(operation, input);
  yield* checkUsd(operation, input);
  yield* checkFees(operation, input);
  yield* checkOperations(input);
  yield* checkNewRecipients(operation, input);
  yield* checkApprovals(operation, input);
}

function isEffect({ calls, spends, recipients, allowances }: Operation): boolean {
  return [calls, spends, recipients, allowances].every((list) => list.length === 0);
}

function labelled({ layer, rule }: Check): string {
  return layer === "VAULT" ? rule : `${layer.toLowerCase()} ${rule}`;
}
