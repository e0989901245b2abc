/** What people, the chain and its users do in a run, drawn. */
import type { Random } from "../random.ts";

/** What can be done. */
export type Acts = {
  readonly submit: () => void;
  readonly cancel: () => void;
  readonly reorganise: () => void;
  /** The platform ends the vault's life. */
  readonly evict: () => void;
  /** The bundlers' mempools forget. */
  readonly forget: () => void;
  readonly freeze: () => void;
  readonly revokeKey: () => void;
  readonly revokeSession: () => void;
  readonly destroyKeys: () => void;
  /** Somebody deploys the session's account. */
  readonly deploy: () => void;
  /** Somebody who has the session's key acts. */
  readonly steal: () => void;
};

/** Has them done, each at a time that `at` draws. */
export function drawActs(random: Random, acts: Acts, at: (act: () => void) => void): void {
  const often = (share: number, most: number) => (random.chance(share) ? random.int(1, most) : 0);
  for (let n = random.int(1, 3); n > 0; n--) at(acts.submit);
  for (let n = often(0.4, 2); n > 0; n--) at(acts.cancel);
  for (let n = often(0.6, 4); n > 0; n--) at(acts.reorganise);
  for (let n = often(0.3, 3); n > 0; n--) at(acts.evict);
  for (let n = often(0.3, 2); n > 0; n--) at(acts.forget);
  if (random.chance(0.25)) at(acts.freeze);
  if (random.chance(0.1)) at(acts.revokeKey);
  if (random.chance(0.1)) at(acts.revokeSession);
  if (random.chance(0.05)) at(acts.destroyKeys);
  if (random.chance(0.1)) at(acts.deploy);
  if (random.chance(0.05)) at(acts.steal);
}
