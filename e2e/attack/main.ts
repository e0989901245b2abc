/**
 * `npm run attack`: attackers in the gateway's place and elsewhere try every RPC in every
 * protocol with every kind of key. `--json` for programs. Ends with 1 when any succeeds.
 */
import { startStack } from "../stack/stack.ts";
import { attackers } from "./attackers.ts";
import { runCampaign } from "./campaign.ts";
import { attackersGateways, buildAttackersGateways } from "./gateway/hostile.ts";
import { isClean, toDocument, toTable } from "./report.ts";
import { makeServiceKeys } from "./stage/service-keys.ts";
import { setStage } from "./stage/stage.ts";

const flags = new Set(process.argv.slice(2));
const asJson = flags.delete("--json");
const breadth = flags.delete("--fast") ? "fast" : "whole";
if (flags.size > 0) {
  console.error(`unknown argument ${[...flags][0]}; there are --json and --fast`);
  process.exit(2);
}
const progress = (line: string) => console.error(`… ${line}`);
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => reject(new Error("interrupted")));
  }
});
interrupted.catch(() => undefined);

let stop: (() => Promise<void>) | undefined;
let clean = false;
try {
  const play = async () => {
    await buildAttackersGateways();
    const serviceKeys = await makeServiceKeys();
    const stack = await startStack({
      name: "attack",
      persistent: false,
      progress,
      more: attackersGateways,
      signals: serviceKeys.signals,
      // The world stands still, so that whatever changes was changed by an attacker.
      periodMs: 3_600_000,
      // The vaults' own limits are the ones that count.
      callsPerMinute: 10_000_000,
    });
    stop = stack.stop;
    progress("setting the stage");
    return runCampaign(await setStage(stack, serviceKeys), attackers, breadth, progress);
  };
  const report = await Promise.race([play(), interrupted]);
  clean = isClean(report);
  console.log(asJson ? JSON.stringify(toDocument(report), null, 2) : toTable(report));
} catch (fault) {
  console.error(`the attack failed: ${fault instanceof Error ? fault.stack : fault}`);
} finally {
  await stop?.();
}
process.exit(clean ? 0 : 1);
