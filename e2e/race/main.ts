/** `npm run race`: a limit that can't be raced. `--json` for programs. */
import { parseRace } from "./options.ts";
import { runRace } from "./run.ts";

const options = parseRace(process.argv.slice(2));
if (typeof options === "string") {
  console.error(options);
  process.exit(2);
}
const say = (line: string) => (options.json ? console.error(line) : console.log(line));
const { result, details } = await runRace(options, (line) => say(`  … ${line}`));
for (const [name, value] of Object.entries(details)) say(`${name.padEnd(15)} ${value}`);
if (options.json) console.log(JSON.stringify(result));
else for (const [name, value] of Object.entries(result)) say(`${name.padEnd(15)} ${value}`);
const isExact = result.overspend === 0 && details.doubled === 0;
process.exit(isExact && (result.unused === 0 || result.limit > result.intents) ? 0 : 1);
