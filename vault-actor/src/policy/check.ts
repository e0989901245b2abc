/** Makes the checks that a decision consists of. Pure. */
import { type Failure, type Reason, refuse } from "#protocol/failure";
import type { Check, DecisionInput, Layer } from "./decision.ts";

/** Says that a rule allows. */
export function allows(layer: Layer, rule: string): Check {
  return { layer, rule, available: undefined, outcome: "ALLOW" };
}

/** Says that a rule refuses. The rule's name carries its layer: `key_asset`. */
export function denies(
  layer: Layer,
  text: string,
  name: string,
  detail: string,
  reason: Reason = "POLICY_REFUSED",
): Check {
  const rule = layer === "VAULT" ? name : `${layer.toLowerCase()}_${name}`;
  const { error } = refuse(reason, detail, { rule });
  return { layer, rule: text, available: undefined, outcome: "DENY", failure: error };
}

/** Says that a rule wants the owners, unless they decided. */
export function asks(input: DecisionInput, rule: string): Check {
  const outcome = input.approved ? "ALLOW" : "APPROVAL";
  return { layer: "VAULT", rule, available: undefined, outcome };
}

/** A limit, what of it is used and what is asked for. */
export type Claim = {
  readonly layer: Layer;
  /** The limit in words. */
  readonly rule: string;
  /** Its name in a refusal. */
  readonly name: string;
  /** What it is about: an asset, or a name of `pseudo-asset.ts`. Empty for counts. */
  readonly asset: string;
  readonly max: bigint;
  readonly used: bigint;
  readonly wanted: bigint;
  /** Whether it holds whatever the owners approved. */
  readonly always?: true;
};

/** Says whether a limit leaves what is wanted. What exceeds it may wait for the owners. */
export function within(input: DecisionInput, claim: Claim): Check {
  const { layer, rule, max, used, wanted, always } = claim;
  const available = max > used ? max - used : 0n;
  const base = { layer, rule, available };
  if (used + wanted <= max || (input.approved && !always)) return { ...base, outcome: "ALLOW" };
  const waits = input.mayAsk && input.policy.approvals?.overLimit === true && !always;
  if (waits) return { ...base, outcome: "APPROVAL" };
  return { ...base, outcome: "DENY", failure: exceeded(claim, available) };
}

function exceeded({ layer, name, asset }: Claim, available: bigint): Failure {
  const limit = layer === "VAULT" ? name : `${layer.toLowerCase()} ${name}`;
  const of = asset === "" ? "" : ` of ${asset}`;
  const metadata = {
    limit,
    ...(asset === "" ? {} : { asset }),
    available: String(available),
  };
  return refuse("LIMIT_EXCEEDED", `the limit ${limit} leaves ${available}${of}`, metadata).error;
}
