import { expect, test } from "vitest";
import { createWakeBudget, maxWakes } from "./budget.ts";

const startMs = 1_000_000;

test("has its wakes at once, and two a second from then on", () => {
  const budget = createWakeBudget();
  for (let i = 0; i < maxWakes; i++) {
    expect(budget.nextMs(startMs)).toBe(startMs);
    budget.take(startMs);
  }
  expect(budget.left(startMs)).toBe(0);
  expect(budget.nextMs(startMs)).toBe(startMs + 500);
  expect(budget.nextMs(startMs + 200)).toBe(startMs + 500);
  expect(budget.left(startMs + 1000)).toBe(2);
});

test("lasts for ever at a wake a second", () => {
  const budget = createWakeBudget();
  for (let i = 0; i < 100_000; i++) budget.take(startMs + i * 1000);
  expect(budget.left(startMs + 100_000_000)).toBe(maxWakes);
});

test("owes nothing for wakes that it did not have", () => {
  const budget = createWakeBudget();
  for (let i = 0; i < maxWakes + 50; i++) budget.take(startMs);
  expect(budget.nextMs(startMs)).toBe(startMs + 500);
});

test("gains nothing from a clock that is set back, and no more than it holds from one set ahead", () => {
  const budget = createWakeBudget();
  for (let i = 0; i < maxWakes; i++) budget.take(startMs);
  expect(budget.left(startMs - 60_000)).toBe(0);
  expect(budget.left(startMs + 86_400_000)).toBe(maxWakes);
});
