import { expect, test } from "vitest";
import { compareSchedules } from "../../../test/support/schedules/compare.ts";

test("occurs when Temporal and croner say so: nothing missed, nothing extra", () => {
  const compared = compareSchedules(100_000, 4);
  expect(compared.differences).toEqual([]);
  expect(compared).toMatchObject({ missed: 0, extra: 0 });
  expect(compared.acrossMoves).toBeGreaterThan(40_000);
  expect(compared.byLibrary).toBeGreaterThan(40_000);
}, 60_000);
