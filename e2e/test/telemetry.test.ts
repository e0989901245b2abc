/** What vaults tell of their work, from their queue to the database. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createOperatorClient } from "#client/operator-client";
import { TelemetryBatchSchema } from "#gen/internal/v1/telemetry";
import { SourceHealth_State } from "#gen/signal/v1/overview_messages";
import { TelemetryFact_Kind } from "#gen/signal/v1/telemetry";
import { reasonOf } from "#protocol/errors";
import { signerOf } from "../../scripts/operator-key.ts";
import { protectedVault } from "../scenario/protected-vault.ts";
import {
  countsIn,
  countsStored,
  deliverTimes,
  putMessage,
  queueMessages,
} from "../scenario/telemetry.ts";
import type { LiveVault } from "../scenario/vault.ts";
import { crashWorld, hasEnded, waitForExecution } from "../scenario/world-change.ts";
import { root } from "../stack/instance.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { waitFor } from "../stack/wait.ts";

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  stack = await startStack({ name: "telemetry", persistent: false, progress: () => {} });
  vault = await protectedVault(stack);
});
afterAll(() => stack?.stop());

const isTaken = (times: number) => async () => {
  const messages = await queueMessages(stack);
  return messages.length > 0 && messages.every(({ taken }) => taken >= times)
    ? messages
    : undefined;
};

test("a firing and its settlement are told at once, each batch counts once", async () => {
  await deliverTimes(stack, 2);
  await putMessage(stack, new Uint8Array([255, 254, 253]));
  await crashWorld(stack);
  await waitForExecution(vault, hasEnded);
  const taken = await waitFor("all is delivered twice", isTaken(2));
  const messages = taken.filter(({ bytes }) => bytes.length > 3);
  const told = countsIn(messages);
  for (const what of ["FIRING allowed", "SIGNING ok", "SETTLEMENT final"]) {
    expect(told.get(what)).toBe(1n);
  }
  expect(told.get("ALARM ok")).toBeGreaterThan(0n);
  const { counts, batches } = await countsStored(stack);
  expect(counts).toEqual(told);
  expect(batches).toBe(BigInt(messages.length));
  // What is no batch was taken like the others, and did not come again for it.
  expect(taken.find(({ bytes }) => bytes.length === 3)).toMatchObject({ attempts: 2 });
});

test("nothing in what is told says whose it is", async () => {
  const messages = (await queueMessages(stack)).filter(({ bytes }) => bytes.length > 3);
  const { executions } = await vault.client.vault.listExecutions({ parent: vault.name });
  const [execution] = executions;
  const { firing } = await vault.client.triggers.getFiring({
    name: execution?.cause?.cause.value ?? "",
  });
  const own = [
    vault.owner.vaultId.split(":")[2],
    vault.signer.keyId,
    execution?.name.split("/").at(-1),
    firing?.name.split("/").at(-1),
    execution?.transactionHash?.slice(2),
    ...(firing?.inputs?.observations ?? []).flatMap(({ series, value }) => [series, value]),
  ].filter((one) => one !== undefined && one.length > 2) as string[];
  expect(own.length).toBeGreaterThan(7);
  for (const { bytes } of messages) {
    const { id } = fromBinary(TelemetryBatchSchema, bytes);
    expect(id).toHaveLength(16);
    const text = Buffer.from(bytes).toString("latin1").toLowerCase();
    const hex = Buffer.from(bytes).toString("hex");
    for (const one of own) {
      expect(text).not.toContain(one.toLowerCase());
      expect(hex).not.toContain(one.toLowerCase().replace("0x", "").padEnd(12, "x"));
    }
  }
});

test("an operator reads it all at the gateway, and nobody else", async () => {
  const signer = await signerOf(stack.secrets.operatorKey);
  const overview = await createOperatorClient(stack.baseUrl, { signer }).overview();
  expect(overview.round).toBeGreaterThan(1n);
  const states = new Map(overview.sources.map(({ source, state }) => [source, state]));
  expect(states.get("coingecko")).toBe(SourceHealth_State.OK);
  const alarms = overview.facts.find(({ kind }) => kind === TelemetryFact_Kind.ALARM);
  const timed = alarms?.latencyBuckets.reduce((sum, one) => sum + one, 0n);
  expect(timed).toBe(alarms?.count);
  const device = createOperatorClient(stack.baseUrl, { signer: vault.signer });
  expect(await device.overview().catch(reasonOf)).toBe("PROOF_REJECTED");
});

test("the command prints the same, for people and for programs", async () => {
  const run = async (...args: readonly string[]) => {
    const script = join(root, "scripts/overview.ts");
    const key = join(stack.instance.folder, "operator-key");
    const own = [script, "--url", stack.baseUrl, "--key", key];
    return (await promisify(execFile)(process.execPath, [...own, ...args])).stdout;
  };
  expect(await run()).toMatch(/coingecko\s+ok[\s\S]*settlement\s+final\s+1/);
  const json = JSON.parse(await run("--json", "--minutes", "5"));
  expect(json.facts).toContainEqual(expect.objectContaining({ outcome: "final", count: "1" }));
  await expect(run("--minutes", "none")).rejects.toThrow("no whole number");
});
