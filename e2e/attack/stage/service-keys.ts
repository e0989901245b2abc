/** Keys that the deployment enrolled with the signals service: publishers', one of each kind. */
import { customSeries } from "../../../signals-service/test/support/custom-series.ts";
import { type HeldKey, type KeyKind, keyKinds, makeKey } from "./keys.ts";

/** The keys, and what the signals-service is told of them. */
export type ServiceKeys = {
  readonly keys: Readonly<Record<KeyKind, HeldKey>>;
  readonly signals: Readonly<Record<string, string>>;
};

/** The series of a kind's publisher. Format: `series/{id}`. */
export function seriesOf(kind: KeyKind): string {
  return `series/custom.${kind}.a@v1`;
}

/** Makes them. Each publishes a series of its own. */
export async function makeServiceKeys(): Promise<ServiceKeys> {
  const held = await Promise.all(keyKinds.map(makeKey));
  const publishers = held.map(({ kind, signer }) => ({
    keyId: signer.keyId,
    namespace: kind,
    series: [customSeries(`custom.${kind}.a@v1`)],
  }));
  return {
    keys: Object.fromEntries(held.map((key) => [key.kind, key])) as ServiceKeys["keys"],
    signals: { PUBLISHERS: JSON.stringify(publishers) },
  };
}
