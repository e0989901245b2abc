/** The kinds of triggers that a run draws from. */
import { crossing } from "./crossing.ts";
import { event } from "./event.ts";
import { held } from "./held.ts";
import { log } from "./log.ts";
import { schedule } from "./schedule.ts";
import type { Draw } from "./subject.ts";
import { threshold } from "./threshold.ts";

export const kinds: readonly Draw[] = [threshold, event, crossing, schedule, held, log];
