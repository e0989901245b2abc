/** Which keys the deployment enrolled with the service: publishers' and operators'. Pure. */
import { defaultMaxProofSeconds, type KeyVerdict } from "#protocol/proof/verify";

/** The enrolled keys, by id. */
export type Enrolled = {
  readonly publishers: ReadonlySet<string>;
  readonly operators: ReadonlySet<string>;
};

/** Whether a key counts here at all. Which method it may call is the method's own check. */
export function verdictOn(keyId: string, enrolled: Enrolled): KeyVerdict {
  const isKnown = enrolled.publishers.has(keyId) || enrolled.operators.has(keyId);
  return isKnown
    ? { accepted: true, maxProofSeconds: defaultMaxProofSeconds }
    : { accepted: false, failure: "unknown_key" };
}
