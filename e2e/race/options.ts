/** Reads the arguments of `npm run race`. Pure. */

/** How a race is run. */
export type RaceOptions = {
  readonly intents: number;
  readonly keys: number;
  /** Of each: restarts of all Workers, and evictions of the one vault. */
  readonly restarts: number;
  /** What the policy lets leave, in units. */
  readonly limit: number;
  readonly json: boolean;
};

const defaults: RaceOptions = { intents: 1000, keys: 50, restarts: 4, limit: 600, json: false };

const numbers = ["intents", "keys", "restarts", "limit"] as const;

/** Reads the arguments, or says what is wrong with them. */
export function parseRace(args: readonly string[]): RaceOptions | string {
  const given: Record<string, number | boolean> = {};
  for (let i = 0; i < args.length; i++) {
    const name = args[i]?.replace(/^--/, "") ?? "";
    if (args[i] === "--json") given.json = true;
    else if (args[i] === `--${name}` && (numbers as readonly string[]).includes(name)) {
      const value = Number(args[++i]);
      const least = name === "restarts" ? 0 : 1;
      if (!Number.isSafeInteger(value) || value < least) {
        return `--${name} takes a whole number of at least ${least}`;
      }
      given[name] = value;
    } else {
      return `unknown argument ${args[i]}; there are --json and ${numbers.map((n) => `--${n} N`).join(", ")}`;
    }
  }
  const options = { ...defaults, ...given };
  if (options.keys > options.intents) return "--keys is at most --intents";
  return options;
}
