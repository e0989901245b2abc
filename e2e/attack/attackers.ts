/** Everybody who attacks, in the order of their turns. */
import { acts } from "./attackers/acts.ts";
import { altering } from "./attackers/altering.ts";
import { clocks } from "./attackers/clocks.ts";
import { forging } from "./attackers/forging.ts";
import { guardians } from "./attackers/guardians.ts";
import { badKeys, stolenKeys } from "./attackers/keys.ts";
import { massCreation } from "./attackers/mass-creation.ts";
import { privateCalls } from "./attackers/private-calls.ts";
import { publicRpcs } from "./attackers/public-rpcs.ts";
import { racing } from "./attackers/racing.ts";
import { reordering } from "./attackers/reordering.ts";
import { replaying } from "./attackers/replaying.ts";
import { serviceKeys } from "./attackers/service-keys.ts";
import { spending } from "./attackers/spending.ts";
import { storage } from "./attackers/storage.ts";
import { substitution } from "./attackers/substitution.ts";
import type { Attacker } from "./score.ts";

/** All attackers. Those who restart the vaults, fill the disk or spend it all come last. */
export const attackers: readonly Attacker[] = [
  altering,
  replaying,
  reordering,
  racing,
  clocks,
  badKeys,
  stolenKeys,
  acts,
  guardians,
  privateCalls,
  forging,
  substitution,
  publicRpcs,
  serviceKeys,
  spending,
  storage,
  massCreation,
];
