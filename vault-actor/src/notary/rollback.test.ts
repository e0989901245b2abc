/**
 * A vault whose storage is put back at random, that crashes at random and whose notary can't
 * always be reached: whatever the order, no revoked key acts, no call counts twice, and never
 * more is sent to the chain than the policy's limit.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateEd25519Signer } from "#protocol/proof/signer";
import type { Line } from "../../test/support/node-vault.ts";
import { World } from "../../test/support/rollback-world.ts";

async function newWorld(): Promise<World> {
  const world = new World([await generateEd25519Signer(), await generateEd25519Signer()]);
  await world.start();
  return world;
}

const statesOf = ({ vault }: World) =>
  vault.db.all("SELECT state FROM execution ORDER BY sequence").map(({ state }) => state);

describe("an operation", () => {
  test("is not sent before the notary holds what it may spend", async () => {
    const world = await newWorld();
    await world.submit(0, 6);
    for (const line of ["down", "lost"] as const) {
      world.cut(line);
      await world.wait(10);
      expect([statesOf(world), world.sent]).toEqual([["SIGNED"], 0]);
    }
    world.cut("up");
    await world.wait(60);
    expect([statesOf(world), world.sent]).toEqual([["SENT"], 1]);
  });

  test("of a course of events that the notary does not know is never sent", async () => {
    const world = await newWorld();
    await world.submit(0, 6);
    const planned = world.keep();
    world.cut("down");
    await world.wake();
    const signed = world.keep();
    world.restore(planned);
    world.cut("up");
    await world.revoke(1);
    world.restore(signed);
    await world.recover();
    await world.wait(60);
    expect([statesOf(world), world.sent]).toEqual([["FAILED"], 0]);
    await world.spend(0, 10);
    expect(world.sent).toBe(1);
  });

  test("that was sent counts after a restore, and what is left can be spent", async () => {
    const world = await newWorld();
    const before = world.keep();
    await world.spend(0, 6);
    expect(world.sent).toBe(1);
    world.restore(before);
    await world.recover();
    await world.spend(0, 6);
    expect(world.sent).toBe(1);
    await world.spend(0, 4);
    expect(world.sent).toBe(2);
  });

  test("that has not landed by then stays held, because it may still land", async () => {
    const world = await newWorld();
    const before = world.keep();
    await world.spend(0, 6);
    world.restore(before);
    world.landing = false;
    await world.recover();
    const states = () =>
      world.vault.db.all("SELECT state, settled FROM spend WHERE asset LIKE 'eip155:%'");
    expect(states()).toEqual([{ state: "HELD", settled: null }]);
    await world.spend(0, 6);
    expect(world.sent).toBe(1);
    // Put back once more, to a storage that knows it as lost: it is held still.
    const again = world.keep();
    await world.grant(1);
    world.restore(again);
    await world.recover();
    expect(states()).toEqual([{ state: "HELD", settled: null }]);
    await world.spend(0, 6);
    expect(world.sent).toBe(1);
    await world.spend(0, 4);
    expect(world.sent).toBe(2);
  });
});

type Step = (world: World) => unknown;

const any = fc.nat(7);
const simple: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: any.map((i) => (world: World) => world.call(i)) },
  {
    weight: 3,
    arbitrary: fc.tuple(any, fc.integer({ min: 2, max: 10 })).map(
      ([i, amount]) =>
        (world: World) =>
          world.spend(i, amount),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(any, fc.integer({ min: 2, max: 10 })).map(
      ([i, amount]) =>
        (world: World) =>
          world.submit(i, amount),
    ),
  },
  { weight: 3, arbitrary: fc.constant((world: World) => world.wake()) },
  { weight: 2, arbitrary: any.map((i) => (world: World) => world.replay(i)) },
  { weight: 2, arbitrary: any.map((i) => (world: World) => world.revoke(i)) },
  { weight: 1, arbitrary: any.map((i) => (world: World) => world.grant(i)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(5, 40, 700).map((seconds) => (world: World) => world.wait(seconds)),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom<Line>("up", "up", "down", "lost")
      .map((line) => (world: World) => world.cut(line)),
  },
  { weight: 1, arbitrary: fc.constant((world: World) => world.crash()) },
  { weight: 1, arbitrary: fc.constant((world: World) => world.keep()) },
  { weight: 1, arbitrary: any.map((i) => (world: World) => world.restore(i)) },
  { weight: 2, arbitrary: fc.constant((world: World) => world.recover()) },
);

/** What happened within is taken back. */
const rewind: fc.Arbitrary<Step> = fc
  .array(simple, { minLength: 1, maxLength: 4 })
  .map((within) => async (world: World) => {
    const before = world.keep();
    for (const run of within) {
      await run(world);
      world.checkSpend();
    }
    world.restore(before);
    world.cut("up");
  });

const step = fc.oneof({ weight: 4, arbitrary: simple }, { weight: 1, arbitrary: rewind });

test("whatever the order, nothing comes back", { timeout: 60_000 }, async () => {
  let found = 0;
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24 }), async (steps) => {
      const world = await newWorld();
      for (const run of steps) {
        await run(world);
        world.checkSpend();
      }
      if (world.found) found += 1;
      sent += world.sent;
    }),
    { numRuns: 60 },
  );
  // It did happen: restores were found out, and operations were sent.
  expect(found).toBeGreaterThan(5);
  expect(sent).toBeGreaterThan(20);
});
