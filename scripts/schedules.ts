/**
 * `npm run schedules -- --occurrences 1000000 --seed 1 --json`: compares when made-up cron
 * expressions occur with what Temporal and an independent library say. Exits with 1 when an
 * occurrence is missed, or is one too many.
 */
import { parseArgs } from "node:util";
import { compareSchedules } from "../vault-actor/test/support/schedules/compare.ts";

const { values } = parseArgs({
  options: {
    occurrences: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const wanted = Number(values.occurrences);
const seed = Number(values.seed);
if (!Number.isSafeInteger(wanted) || !Number.isSafeInteger(seed) || wanted < 1) {
  console.error("usage: npm run schedules -- [--occurrences N] [--seed S] [--json]");
  process.exit(2);
}
const startMs = Date.now();
const { differences, ...compared } = compareSchedules(wanted, seed);
if (values.json) console.log(JSON.stringify(compared));
else {
  const { occurrences, byLibrary, acrossMoves, missed, extra } = compared;
  const seconds = Math.round((Date.now() - startMs) / 1000);
  console.log(`${occurrences} occurrences of seed ${seed} compared in ${seconds} s`);
  console.log(`  ${byLibrary} with the library too, ${acrossMoves} around moves of the clock`);
  console.log(`  ${missed} missed, ${extra} extra`);
}
for (const difference of differences) console.error(difference);
process.exit(compared.missed + compared.extra === 0 ? 0 : 1);
