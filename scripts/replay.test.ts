import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toJson } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Firing, FiringSchema } from "#gen/trigger/v1/firing";
import {
  ethUsd,
  giftTrigger,
  under,
  watchingVault,
} from "../vault-actor/test/support/watching-vault.ts";
import { replayText } from "./replay.ts";

let firing: Firing;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "metavault-replay-"));
  const { vault, signals, client } = await watchingVault();
  const startMs = vault.nowMs;
  signals.observe(ethUsd, "2150");
  vault.wait(60_000);
  const { firings } = await client.triggers.backtestTrigger({
    parent: vault.name,
    trigger: giftTrigger(under("2200")),
    startTime: timestampFromMs(startMs),
    endTime: timestampFromMs(vault.nowMs),
  });
  if (firings[0] === undefined) throw new Error("nothing fired");
  firing = firings[0];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = (change: (json: string) => string = (json) => json) =>
  change(JSON.stringify(toJson(FiringSchema, firing)));

test("a firing replays to the same bytes, alone or in an answer", () => {
  expect(replayText(text())).toMatchObject({ code: 0 });
  expect(replayText(`{"firing": ${text()}}`)).toMatchObject({ code: 0 });
  expect(JSON.parse(replayText(text()).text)).toMatchObject({
    equal: true,
    evaluation: { path: "signal_threshold", explanation: "2150 < 2200" },
  });
});

test.each<[string, (json: string) => string]>([
  ["an input", (json) => json.replace('"value":"2150"', '"value":"2250"')],
  ["the condition", (json) => json.replace('"value":"2200"', '"value":"2201"')],
  ["the words", (json) => json.replace("2150 < 2200", "2150 < 2300")],
  ["the verdict", (json) => json.replace("VERDICT_TRUE", "VERDICT_FALSE")],
  ["the time", (json) => json.replace(/"now":"[^"]+"/, '"now":"2027-01-15T09:00:00Z"')],
])("one with %s changed does not", (_, change) => {
  expect(text(change)).not.toBe(text());
  const { code, text: report } = replayText(text(change));
  expect(code).toBe(1);
  expect(JSON.parse(report)).toMatchObject({ equal: false });
});

test.each([
  ["not JSON", () => "{"],
  ["another message", () => '{"nope": 1}'],
  [
    "a firing of nowhere",
    () => text((json) => json.replace(/"name":"[^"]+"/, '"name":"firings/1"')),
  ],
  ["a firing without its record", () => `{"name": "${firing.name}"}`],
])("%s is unreadable", (_, make) => {
  const { code, text: report } = replayText(make());
  expect(code).toBe(2);
  expect(JSON.parse(report)).toHaveProperty("error");
});

test("as a program it prints the report and says in its exit code what came of it", () => {
  const run = (json: string) => {
    const file = join(folder, "firing.json");
    writeFileSync(file, json);
    return spawnSync(process.execPath, ["scripts/replay.ts", file], { encoding: "utf8" });
  };
  expect(JSON.parse(run(text()).stdout)).toMatchObject({ equal: true });
  expect(run(text()).status).toBe(0);
  expect(run(text((json) => json.replace("2150 < 2200", ""))).status).toBe(1);
  expect(run("{").status).toBe(2);
  expect(spawnSync(process.execPath, ["scripts/replay.ts", join(folder, "none")]).status).toBe(2);
});
