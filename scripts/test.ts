/** Runs every test: the checks, the unit tests, the tests in workerd and on PostgreSQL, the whole system. */
import { check } from "./check.ts";
import { run } from "./run-tool.ts";

const startMs = Date.now();
const phase = async (name: string, body: () => Promise<void>) => {
  const phaseMs = Date.now();
  console.log(`\n== ${name}`);
  await body();
  console.log(`== ${name}: ${Math.round((Date.now() - phaseMs) / 1000)} s`);
};

try {
  await phase("checks", async () => {
    if ((await check()) > 0) throw new Error("a check failed");
  });
  await phase("unit tests", () => run("vitest", ["run", "--project", "unit"]));
  await phase("tests in workerd", () => run("vitest", ["run", "--project", "workerd"]));
  await phase("tests on PostgreSQL", () => run("vitest", ["run", "--project", "postgres"]));
  await phase("tests on a bare chain", () => run("vitest", ["run", "--project", "chain"]));
  await phase("tests of the whole system", () => run("vitest", ["run", "--project", "e2e"]));
  console.log(`\nall tests passed in ${Math.round((Date.now() - startMs) / 1000)} s`);
} catch (fault) {
  console.error(`\n${fault instanceof Error ? fault.message : fault}`);
  process.exit(1);
}
