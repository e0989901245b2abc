/**
 * Triggers that must be refused when they are made, each with the reason and the path of the
 * field. They are checked in memory and against the whole stack.
 */
import type { BadTrigger } from "./bad-triggers/bad-trigger.ts";
import { chains } from "./bad-triggers/chains.ts";
import { firing } from "./bad-triggers/firing.ts";
import { schedules } from "./bad-triggers/schedules.ts";
import { perSeries, signals } from "./bad-triggers/signals.ts";
import { tree } from "./bad-triggers/tree.ts";

/** All of them. */
export const badTriggers: readonly BadTrigger[] = [
  ...tree,
  ...perSeries,
  ...signals,
  ...schedules,
  ...chains,
  ...firing,
];
