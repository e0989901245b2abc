/** A condition now, through the vault's own service. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { beforeEach, describe, expect, test } from "vitest";
import { Unit } from "#gen/signal/v1/series";
import { TrailingStop_Side } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import { takeSnapshot } from "../../test/support/snapshot.ts";
import {
  type ConditionInit,
  ethUsd,
  giftTrigger,
  quakes,
  requestId,
  under,
  watchingVault,
} from "../../test/support/watching-vault.ts";
import { spendCauses } from "../trigger/firing-store.ts";
import { readTrigger, writeStanding } from "../trigger/store.ts";

let world: Awaited<ReturnType<typeof watchingVault>>;

beforeEach(async () => {
  world = await watchingVault();
});

const preview = (request: Record<string, unknown>) =>
  world.client.triggers.previewTrigger({ parent: world.vault.name, ...request });

const refusal = (request: Record<string, unknown>) => preview(request).catch(errorInfoOf);

const publish = async (value: string) => {
  world.signals.observe(ethUsd, value);
  await world.signals.publish();
};

const create = async (condition: ReturnType<typeof under>) => {
  const { trigger } = await world.client.triggers.createTrigger({
    parent: world.vault.name,
    requestId: requestId(),
    trigger: giftTrigger(condition),
  });
  return trigger?.name ?? "";
};

const quake = {
  test: {
    case: "eventMatch" as const,
    value: { series: quakes, minMagnitude: "6", maxAge: { seconds: 86_400n } },
  },
};

describe("a preview", () => {
  test("tells the verdict leaf by leaf, with the inputs and their age", async () => {
    await publish("2150");
    world.vault.wait(5000);
    const { evaluation, inputs } = await preview({
      condition: { test: { case: "all", value: { conditions: [under("2200"), under("2000")] } } },
    });
    expect(evaluation).toMatchObject({
      path: "all",
      verdict: Verdict.FALSE,
      children: [
        { path: "all.conditions[0].signal_threshold", verdict: Verdict.TRUE, inputAgeMs: 5000n },
        { path: "all.conditions[1].signal_threshold", explanation: "not 2150 < 2000" },
      ],
    });
    expect(inputs?.now).toEqual(timestampFromMs(world.vault.nowMs));
    expect(inputs?.observations).toMatchObject([{ series: ethUsd, value: "2150" }]);
  });

  test("of a trigger takes its own condition", async () => {
    await publish("2150");
    const trigger = await create(under("2200"));
    const { evaluation } = await preview({ trigger });
    expect(evaluation).toMatchObject({ verdict: Verdict.TRUE, explanation: "2150 < 2200" });
  });

  test("of a trigger starts from what it has spent; of a condition alone as if it were new", async () => {
    world.signals.event({ id: "usgs:a", magnitude: "6.1" });
    world.signals.observe(quakes, undefined);
    await world.signals.publish();
    const trigger = await create(quake);
    expect((await preview({ trigger })).evaluation?.verdict).toBe(Verdict.TRUE);
    spendCauses(world.vault.db, trigger.split("/").at(-1) ?? "", ["event/usgs:a"], 0);
    expect((await preview({ trigger })).evaluation?.verdict).toBe(Verdict.FALSE);
    expect((await preview({ condition: quake })).evaluation?.verdict).toBe(Verdict.TRUE);
    expect((await preview({ condition: quake, trigger })).evaluation?.verdict).toBe(Verdict.FALSE);
  });

  test("of a trigger starts from what its condition remembers", async () => {
    const stop: ConditionInit = {
      test: {
        case: "trailingStop",
        value: {
          series: ethUsd,
          unit: Unit.USD,
          side: TrailingStop_Side.FALL_FROM_PEAK,
          distance: { case: "percent", value: "10" },
          maxAge: { seconds: 300n },
        },
      },
    };
    await publish("2150");
    const trigger = await create(stop);
    const id = trigger.split("/").at(-1) ?? "";
    const { db, nowMs } = world.vault;
    const known = readTrigger(db, id);
    if (known === undefined) throw new Error("no trigger");
    const states = {
      trailing_stop: { kind: "extreme", value: "2500", observeMs: nowMs },
    } as const;
    writeStanding(db, id, { ...known.standing, states });
    expect((await preview({ trigger })).evaluation?.verdict).toBe(Verdict.TRUE);
    expect((await preview({ condition: stop })).evaluation?.verdict).toBe(Verdict.FALSE);
  });

  test("writes nothing", async () => {
    await publish("2150");
    const move = {
      test: {
        case: "signalMove" as const,
        value: {
          series: ethUsd,
          unit: Unit.USD,
          percent: "-10",
          window: { seconds: 3600n },
          maxAge: { seconds: 300n },
        },
      },
    };
    const trigger = await create(under("2200"));
    const before = takeSnapshot(world.vault.db);
    await preview({ condition: move });
    await preview({ trigger });
    expect(takeSnapshot(world.vault.db)).toEqual(before);
  });

  test("needs the signals only when the condition does", async () => {
    world.signals.reachable = false;
    const refused = await preview({ condition: under("2200") }).catch(reasonOf);
    expect(refused).toBe("SIGNALS_UNAVAILABLE");
  });
});

describe("a preview is refused", () => {
  test("of nothing", async () => {
    expect(await refusal({})).toMatchObject({ metadata: { field: "condition, trigger" } });
  });

  test("of another vault's trigger, and of none", async () => {
    const other = `vaults/eip155:31337:0x${"1".repeat(40)}/triggers/a`;
    expect(await refusal({ trigger: other })).toMatchObject({ metadata: { field: "trigger" } });
    const name = `${world.vault.name}/triggers/none`;
    expect(await refusal({ trigger: name })).toMatchObject({ metadata: { name } });
  });

  test("of a condition that could never be decided", async () => {
    const unknown = under("1", { series: "no.such@v1" });
    expect(await refusal({ condition: unknown })).toMatchObject({
      metadata: { field: "condition.signal_threshold.series" },
    });
  });
});
