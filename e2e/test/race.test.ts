/** A small race, as `npm run race` runs the large one: restarts and evictions in the middle. */
import { expect, test } from "vitest";
import { runRace } from "../race/run.ts";

test("many keys at once, with the vault killed under them, spend the limit and nothing more", async () => {
  const options = { intents: 120, keys: 12, restarts: 2, limit: 50, json: false };
  const { result, details } = await runRace(options, () => {});
  expect(result).toEqual({
    ...{ intents: 120, keys: 12, restarts: 2, limit: 50 },
    ...{ spent: 50, overspend: 0, unused: 0 },
  });
  expect(details).toMatchObject({ doubled: 0, unitsByVault: 50, evictions: 4 });
});
