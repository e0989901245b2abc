/** `npm run demo`: the main job on real parts, then the attacks on it. `--json` for programs. */

import { hostileGateway } from "../stack/hostile.ts";
import { startStack } from "../stack/stack.ts";
import { runAttacks } from "./attacks.ts";
import { auditOf } from "./audit.ts";
import { emptyReport, summaryOf } from "./report.ts";
import { playStory, type Teller } from "./story.ts";

const asJson = process.argv.includes("--json");
const unknown = process.argv.slice(2).filter((argument) => argument !== "--json");
if (unknown.length > 0) {
  console.error(`unknown argument ${unknown[0]}; the only one is --json`);
  process.exit(2);
}
const say = (text: string) => (asJson ? console.error(text) : console.log(text));
const report = emptyReport();
const startMs = Date.now();

const tell: Teller = async (name, body) => {
  const stepMs = Date.now();
  try {
    const [value, details] = await body();
    const ms = Date.now() - stepMs;
    report.steps.push({ name, ok: true, ms });
    say(`\n✓ ${name}  (${ms} ms)`);
    for (const line of details.split("\n")) say(`    ${line}`);
    return value;
  } catch (fault) {
    report.steps.push({ name, ok: false, ms: Date.now() - stepMs });
    say(`\n✗ ${name}`);
    throw fault;
  }
};

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => reject(new Error("interrupted")));
  }
});
interrupted.catch(() => undefined);

say("Metavault: a vault protects its owner's money, from signal to settled transaction.\n");
let stop: (() => Promise<void>) | undefined;
try {
  const play = async () => {
    const stack = await tell(
      "the stack starts: Workers, PostgreSQL, chain, bundler, feeds",
      async () => {
        const started = await startStack({
          name: "demo",
          persistent: false,
          progress: (line) => say(`  … ${line}`),
          more: hostileGateway,
        });
        return [
          started,
          `gateway ${started.baseUrl}, chain ${started.chain.url}, bundler ${started.bundlerUrl}`,
        ] as const;
      },
    );
    stop = stack.stop;
    const vault = await playStory(stack, tell, report);
    await tell("the attacks", async () => {
      report.attacks.push(...(await runAttacks(vault)));
      const bad = report.attacks.filter((attack) => !attack.ok);
      if (bad.length > 0) throw new Error(`not refused as it should be: ${JSON.stringify(bad)}`);
      return [
        undefined,
        `${report.attacks.length} attacks, each refused where it should be`,
      ] as const;
    });
    await tell("the vault's ledger, exported and verified offline", async () => {
      return [undefined, await auditOf(vault)] as const;
    });
  };
  await Promise.race([play(), interrupted]);
  report.ok = true;
} catch (fault) {
  console.error(`\nthe demo failed: ${fault instanceof Error ? fault.message : fault}`);
} finally {
  await stop?.();
}
if (asJson) console.log(JSON.stringify(report, null, 2));
else if (report.ok) {
  console.log(`\n${summaryOf(report)}`);
  console.log(
    `\nDone in ${((Date.now() - startMs) / 1000).toFixed(1)} s; nothing is left running.`,
  );
}
process.exit(report.ok ? 0 : 1);
