/** Everybody who attacks, in the order of their turns. */
import { altering } from "./attackers/altering.ts";
import { clocks } from "./attackers/clocks.ts";
import { forging } from "./attackers/forging.ts";
import { badKeys, stolenKeys } from "./attackers/keys.ts";
import { massCreation } from "./attackers/mass-creation.ts";
import { privateCalls } from "./attackers/private-calls.ts";
import { racing } from "./attackers/racing.ts";
import { reordering } from "./attackers/reordering.ts";
import { replaying } from "./attackers/replaying.ts";
import type { Attacker } from "./campaign.ts";

/** All attackers. */
export const attackers: readonly Attacker[] = [
  altering,
  replaying,
  reordering,
  racing,
  clocks,
  badKeys,
  stolenKeys,
  privateCalls,
  forging,
  massCreation,
];
