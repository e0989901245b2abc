/** What can't be watched is refused when it is made, with the path of the field, and changes nothing. */
import { beforeAll, expect, test } from "vitest";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { badTriggers } from "../../test/support/bad-triggers.ts";
import { giftTrigger, requestId, watchingVault } from "../../test/support/watching-vault.ts";
import { countTriggers } from "../trigger/store.ts";

let world: Awaited<ReturnType<typeof watchingVault>>;

beforeAll(async () => {
  world = await watchingVault();
});

test.each(badTriggers.map((bad) => [bad.name, bad] as const))("%s", async (_, bad) => {
  const { condition, firePolicy, reason, field } = bad;
  const before = countTriggers(world.vault.db);
  const refused = world.client.triggers.createTrigger({
    parent: world.vault.name,
    requestId: requestId(),
    trigger: giftTrigger(condition, firePolicy),
  });
  const error: unknown = await refused.then(
    () => "created",
    (error: unknown) => error,
  );
  expect([reasonOf(error), errorInfoOf(error)?.metadata.field]).toEqual([reason, field]);
  if (reason === "CONDITION_INVALID") {
    expect(errorInfoOf(error)?.metadata.hint?.length).toBeGreaterThan(2);
  }
  expect(countTriggers(world.vault.db)).toBe(before);
});
