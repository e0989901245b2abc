/**
 * The attack, in short: every RPC, protocol and kind of key once. And the harness itself: it
 * must say so when an attack succeeds, or its silence means nothing.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pretendWith } from "../attack/attackers/keys.ts";
import { attackers } from "../attack/attackers.ts";
import { runCampaign } from "../attack/campaign.ts";
import { attackersGateways, buildAttackersGateways } from "../attack/gateway/hostile.ts";
import { atTheDoor, successOf } from "../attack/oracle.ts";
import type { Outcome } from "../attack/outcome.ts";
import { isClean, toDocument } from "../attack/report.ts";
import type { Attacker } from "../attack/score.ts";
import { cellsOf } from "../attack/stage/cells.ts";
import { makeServiceKeys } from "../attack/stage/service-keys.ts";
import { type Stage, setStage } from "../attack/stage/stage.ts";
import { readRpcs } from "../attack/surface/rpcs.ts";
import { sampleOf } from "../attack/surface/sample.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
let stage: Stage;
beforeAll(async () => {
  await buildAttackersGateways();
  const serviceKeys = await makeServiceKeys();
  stack = await startStack({
    name: "attack-test",
    persistent: false,
    progress: () => {},
    more: attackersGateways,
    signals: serviceKeys.signals,
    periodMs: 3_600_000,
    callsPerMinute: 10_000_000,
  });
  stage = await setStage(stack, serviceKeys);
});
afterAll(() => stack?.stop());

const quiet = () => {};
const refusal: Outcome = { kind: "refused", reason: "PROOF_REJECTED", fact: "" };
const answer: Outcome = { kind: "served", body: "YQ==", headers: new Headers() };

describe("the harness can fail", () => {
  const door = { refusedFor: atTheDoor };
  const repeat = { sameAs: answer, reading: (body: string) => body };
  test.for<readonly [string, Outcome, Parameters<typeof successOf>[1], readonly string[]]>([
    ["an answer", answer, door, []],
    ["a refusal for something else", { ...refusal, reason: "NOT_FOUND" }, door, []],
    ["an error without its type", { kind: "untyped", what: "500" }, door, []],
    ["no answer", { kind: "untyped", what: "hung" }, door, []],
    ["a refusal that changed something", refusal, door, ["a row of nonce"]],
    ["a repeat with another answer", { ...answer, body: "Yg==" }, repeat, []],
    ["a repeat with the same answer that changed something", answer, repeat, ["balances"]],
  ])("%s is the attacker's success", ([, outcome, expected, changed]) => {
    expect(successOf(outcome, expected, changed)).toBeDefined();
  });

  test("a refusal that changed nothing is none", () => {
    expect(successOf(refusal, door, [])).toBeUndefined();
    expect(successOf(answer, repeat, [])).toBeUndefined();
  });

  test("an attacker who is handed the real device key succeeds, and the report says so", async () => {
    const handed: Attacker = {
      name: "a stranger with the device's key",
      run: (on, score) => {
        const reading = {
          ...on,
          rpcs: on.rpcs.filter(({ reads, access }) => reads && access.kind === "key"),
        };
        return pretendWith(reading, score, "fast", "no stranger at all", on.keys.p256);
      },
    };
    const report = await runCampaign(stage, [handed], "fast", quiet);
    expect(isClean(report)).toBe(false);
    const document = toDocument(report);
    expect(document.succeeded.length).toBeGreaterThan(10);
    expect(document.tried).toBe(document.refused + document.succeeded.length);
    // One of the reads opens a stream, which uses its proof up: that counts as a change for all.
    const served = document.succeeded.filter(({ met }) => met.endsWith("served"));
    expect(served.length).toBeGreaterThan(10);
  });

  test("an attacker that breaks down is not taken for one that was refused", async () => {
    const broken: Attacker = { name: "broken", run: () => Promise.reject(new Error("no")) };
    const report = await runCampaign(stage, [broken], "fast", quiet);
    expect(isClean(report)).toBe(false);
    expect(report.brokenControls).toHaveLength(1);
  });
});

describe("every RPC", () => {
  test("has a valid request made from its descriptor", async () => {
    const rpcs = await readRpcs();
    expect(rpcs.length).toBeGreaterThan(40);
    for (const { method } of rpcs) sampleOf(method.input, stage.facts);
  });

  test("has its turn, and so has every protocol and kind of key", async () => {
    const { rpcs, publicRpcs, serviceRpcs } = stage;
    const all = [...rpcs, ...publicRpcs, ...serviceRpcs].map(({ path }) => path);
    expect(all.sort()).toEqual((await readRpcs()).map(({ path }) => path));
    const cells = cellsOf(stage.rpcs, "fast");
    expect(new Set(cells.map(({ rpc }) => rpc.path)).size).toBe(stage.rpcs.length);
    expect(new Set(cells.map(({ kind }) => kind)).size).toBe(3);
    expect(new Set(cells.map(({ protocol }) => protocol.name)).size).toBeGreaterThanOrEqual(4);
  });
});

test("every attacker is refused, and the vault is as it was", { timeout: 180_000 }, async () => {
  const report = await runCampaign(stage, attackers, "fast", quiet);
  const { succeeded, brokenControls } = toDocument(report);
  expect({ succeeded, brokenControls }).toEqual({ succeeded: [], brokenControls: [] });
  expect(isClean(report)).toBe(true);
});
