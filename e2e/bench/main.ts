/**
 * `npm run bench`: how much a vault costs, next to the least that the platform costs here, all
 * in one run on bare workerd. `--json` for programs.
 */

import { CreateTriggerRequestSchema } from "#gen/trigger/v1/trigger_messages";
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { protectedVault } from "../scenario/protected-vault.ts";
import { signedCall } from "../scenario/raw-call.ts";
import { claimVault, type LiveVault, protectTrigger, requestId } from "../scenario/vault.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { benchWorkers, buildFloors } from "./bench-workers.ts";
import type { Case, Row } from "./case.ts";
import { closeConnections, measure, percentile, type Shot, throughput } from "./load.ts";
import { firingTrigger, idleTrigger } from "./triggers.ts";
import { type ProofCost, proofCosts, proofTable, verificationCases } from "./verifications.ts";

const asJson = process.argv.includes("--json");
const rounds = 4;
const perRound = 150;
const forThroughput = 600;
const forWarmth = 600;
/** The pause after a shot, so that what it leaves behind does not fall into the next one. */
const restMs = 5;

await buildFloors();
const stack = await startStack({
  name: "bench",
  persistent: false,
  progress: (line) => console.error(`… ${line}`),
  callsPerMinute: 1_000_000,
  // As deployed: a shorter one would have the vaults look at the world between the shots.
  periodMs: 60_000,
  ...benchWorkers,
});
try {
  const { rows, proofs } = await run(await casesOf(stack));
  if (asJson) console.log(JSON.stringify({ cases: rows, proofs }, null, 2));
  else {
    print(rows);
    console.log(`\n${proofTable(proofs)}`);
  }
} finally {
  closeConnections();
  await stack.stop();
}
process.exit(0);

async function casesOf(stack: Stack): Promise<Case[]> {
  const floors = `http://127.0.0.1:${stack.ports.direct}`;
  const doors = `http://127.0.0.1:${stack.ports.bench}`;
  const reader = await claimVault(stack, "1");
  const writers = await Promise.all(Array.from({ length: 32 }, () => protectedVault(stack)));
  const idle = await protectedVault(stack);
  await idle.client.triggers.createTrigger({
    parent: idle.name,
    requestId: requestId(),
    trigger: idleTrigger(stack),
  });
  const firing = await protectedVault(stack);
  await firing.client.triggers.createTrigger({
    parent: firing.name,
    requestId: requestId(),
    trigger: firingTrigger(stack),
  });

  const body = new TextEncoder().encode("x".repeat(120));
  const floor = (path: string) => async (count: number) =>
    Array.from({ length: count }, () => ({ url: `${floors}${path}`, headers: {}, body }));
  const door = (vault: LiveVault, path: string): Shot => ({
    url: `${doors}/bench/${path}`,
    headers: { "metavault-id": vault.owner.vaultId },
    body: new Uint8Array(),
  });
  const tick = (vault: LiveVault): Shot => ({
    ...door(vault, "tick"),
    before: door(vault, "reset"),
  });
  const toShot = async (
    request: Promise<Awaited<ReturnType<typeof signedCall>>>,
  ): Promise<Shot> => {
    const { url, headers, body: bytes } = await request;
    return { url, headers: Object.fromEntries(headers), body: bytes };
  };
  let written = 0;
  return [
    { name: "hello Worker", floor: "hello Worker", atOnce: 8, shots: floor("/hello") },
    { name: "hello object", floor: "hello object", atOnce: 8, shots: floor("/object") },
    {
      name: "object with one write",
      floor: "object with one write",
      atOnce: 8,
      shots: floor("/write"),
    },
    ...(await verificationCases(stack)),
    {
      name: "GetVault",
      floor: "hello object",
      atOnce: 8,
      shots: (count) =>
        Promise.all(
          Array.from({ length: count }, () =>
            toShot(
              signedCall(
                stack,
                "metavault.vault.v1.VaultService/GetVault",
                GetVaultRequestSchema,
                { name: reader.name },
                { signer: reader.signer, vaultId: reader.owner.vaultId },
              ),
            ),
          ),
        ),
    },
    {
      name: "CreateTrigger",
      floor: "object with one write",
      atOnce: 8,
      shots: (count) =>
        Promise.all(
          Array.from({ length: count }, () => {
            const vault = writers[written++ % writers.length] as LiveVault;
            const message = {
              parent: vault.name,
              requestId: requestId(),
              trigger: protectTrigger(stack),
            };
            return toShot(
              signedCall(
                stack,
                "metavault.trigger.v1.TriggerService/CreateTrigger",
                CreateTriggerRequestSchema,
                message,
                { signer: vault.signer, vaultId: vault.owner.vaultId },
              ),
            );
          }),
        ),
    },
    {
      name: "alarm that does not fire",
      floor: "object with one write",
      atOnce: 1,
      shots: async (count) => Array.from({ length: count }, () => tick(idle)),
    },
    {
      name: "alarm that fires",
      floor: "object with one write",
      atOnce: 1,
      shots: async (count) => Array.from({ length: count }, () => tick(firing)),
    },
  ];
}

/** Measures all cases in turns, so that what changes on the machine meets all of them. */
async function run(
  cases: readonly Case[],
): Promise<{ readonly rows: readonly Row[]; readonly proofs: readonly ProofCost[] }> {
  const samples = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  const rates = new Map<string, number>();
  for (const one of cases) await measure(await one.shots(forWarmth), 0);
  for (let round = 0; round < rounds; round++) {
    console.error(`… round ${round + 1} of ${rounds}`);
    for (const one of cases)
      samples.get(one.name)?.push(...(await measure(await one.shots(perRound), restMs)));
  }
  for (const one of cases) {
    const shots = await one.shots(forThroughput);
    rates.set(one.name, await throughput(shots, one.atOnce));
  }
  const p50 = (name: string) => percentile(samples.get(name) ?? [], 0.5);
  const rows = cases.map(({ name, floor }) => ({
    name,
    floor,
    rps: Math.round(rates.get(name) ?? 0),
    p50Ms: rounded(p50(name)),
    p99Ms: rounded(percentile(samples.get(name) ?? [], 0.99)),
    p50Ratio: rounded(p50(name) / p50(floor)),
  }));
  return { rows, proofs: proofCosts(samples) };
}

function print(rows: readonly Row[]): void {
  console.log(
    `\n${"case".padEnd(26)}${"floor".padEnd(24)}${"req/s".padStart(8)}${"p50 ms".padStart(9)}${"p99 ms".padStart(9)}${"p50 ratio".padStart(11)}`,
  );
  for (const { name, floor, rps, p50Ms, p99Ms, p50Ratio } of rows) {
    console.log(
      `${name.padEnd(26)}${floor.padEnd(24)}${String(rps).padStart(8)}${p50Ms.toFixed(2).padStart(9)}${p99Ms.toFixed(2).padStart(9)}${p50Ratio.toFixed(2).padStart(11)}`,
    );
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
