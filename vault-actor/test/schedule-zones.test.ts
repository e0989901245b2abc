import { expect, test } from "vitest";
import { compareSchedules } from "./support/schedules/compare.ts";

test("the platform's time zones give the occurrences that Temporal finds in them", () => {
  const compared = compareSchedules(5000, 5);
  expect(compared.differences).toEqual([]);
  expect(compared).toMatchObject({ missed: 0, extra: 0 });
}, 30_000);
