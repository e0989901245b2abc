/** Everybody who attacks, in the order of their turns. */
import { altering } from "./attackers/altering.ts";
import type { Attacker } from "./campaign.ts";

/** All attackers. */
export const attackers: readonly Attacker[] = [altering];
