/** Everybody who attacks, in the order of their turns. */
import { altering } from "./attackers/altering.ts";
import { racing } from "./attackers/racing.ts";
import { reordering } from "./attackers/reordering.ts";
import { replaying } from "./attackers/replaying.ts";
import type { Attacker } from "./campaign.ts";

/** All attackers. */
export const attackers: readonly Attacker[] = [altering, replaying, reordering, racing];
