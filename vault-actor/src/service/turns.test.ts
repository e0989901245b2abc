import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

const later = () => new Promise<void>((done) => setTimeout(done, 0));

test("runs so many at once, the others in order, and turns away what is too much", async () => {
  const turns = createTurns({ running: 2, waiting: 3 });
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const work = (n: number) => async () => {
    running += 1;
    most = Math.max(most, running);
    order.push(n);
    await later();
    running -= 1;
    return n;
  };
  const answers = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => turns.take(work(n))));
  expect(answers).toEqual([0, 1, 2, 3, 4, undefined]);
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
  expect(await turns.take(work(6))).toBe(6);
});

test("a turn ends with a failure too", async () => {
  const turns = createTurns({ running: 1, waiting: 1 });
  const failing = turns.take(async () => {
    await later();
    throw new Error("no");
  });
  const next = turns.take(async () => "next");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("next");
  expect(await turns.take(async () => "again")).toBe("again");
});
