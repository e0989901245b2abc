import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Abi, encodeErrorResult } from "viem";
import { expect, test } from "vitest";
import { revertReason } from "./revert-reason.ts";

const file = join(import.meta.dirname, "../../../contracts/compiled/IntentGuard.json");
const { abi } = JSON.parse(readFileSync(file, "utf8")) as { abi: Abi };
const errors = abi.filter((item) => item.type === "error");

test("every error of the guard's contract is known by its name", () => {
  expect(errors.length).toBeGreaterThan(0);
  for (const { name, inputs } of errors) {
    const args = inputs.map(({ type }) => (type === "address" ? `0x${"1".repeat(40)}` : 1n));
    const data = encodeErrorResult({ abi: errors, errorName: name, args });
    expect(revertReason("execution reverted", data)).toMatch(new RegExp(`^${name}(\\(|$)`));
  }
});
