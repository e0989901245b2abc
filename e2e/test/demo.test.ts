/** The demo as a program sees it: one JSON document, everything true, nothing left running. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../stack/instance.ts";

type Report = {
  readonly ok: boolean;
  readonly steps: readonly { readonly name: string; readonly ok: boolean; readonly ms: number }[];
  readonly attacks: readonly {
    readonly name: string;
    readonly refusedBy: string;
    readonly reason: string;
    readonly ok: boolean;
  }[];
  readonly balances: Readonly<Record<"before" | "after", Readonly<Record<string, string>>>>;
  readonly timings: Readonly<Record<string, number | null>>;
};

async function run(args: readonly string[]) {
  const child = spawn(process.execPath, [join(root, "e2e/demo/main.ts"), ...args]);
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  return { code, stdout, stderr };
}

test("the demo protects the money and refuses every attack", { timeout: 120_000 }, async () => {
  const { code, stdout, stderr } = await run(["--json"]);
  const report = JSON.parse(stdout) as Report;
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  expect(report.ok).toBe(true);
  expect(report.steps.length).toBeGreaterThan(4);
  expect(report.steps.filter((step) => !step.ok)).toEqual([]);
  expect(report.attacks.map(({ refusedBy, ok }) => ({ refusedBy, ok }))).toEqual(
    report.attacks.map(({ refusedBy }) => ({ refusedBy, ok: true })),
  );
  expect(new Set(report.attacks.map(({ refusedBy }) => refusedBy))).toEqual(
    new Set(["gateway", "vault", "chain"]),
  );
  // From the upstream's change to the end, in this order; none before the change.
  const order = ["fetched", "published", "received", "verdict", "signed", "included", "settled"];
  expect(Object.keys(report.timings)).toEqual(order);
  const times = [0, ...Object.values(report.timings).filter((ms) => ms !== null)];
  expect(times.length).toBeGreaterThanOrEqual(7);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
  expect(report.balances.before).not.toEqual(report.balances.after);
  // The list of what runs goes with the last of it.
  expect(existsSync(join(root, ".metavault/demo/pids.json"))).toBe(false);
});

test("an argument that it does not know is refused at once", async () => {
  expect(await run(["--jsn"])).toMatchObject({ code: 2, stdout: "" });
});
