/**
 * How late schedules fire, and how late the platform's own alarm is on the same machine.
 *
 * A schedule is late by the time of its stored firing less the occurrence in that firing's key.
 * The intents are of vaults without a session, so that they end at once and no chain is asked:
 * what is measured is waking and deciding.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Schedule_Overlap, type ScheduleSchema } from "#gen/trigger/v1/schedule";
import { TriggerSchema } from "#gen/trigger/v1/trigger";
import { setPolicy } from "../scenario/policy.ts";
import { claimVault, type LiveVault, requestId, swapIntent } from "../scenario/vault.ts";
import type { Stack } from "../stack/stack.ts";
import { percentile } from "./load.ts";

/** How late something was. */
export type Lateness = {
  readonly name: string;
  readonly times: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

const vaults = 8;
const lengthMs = 60_000;

/** Lets vaults run on schedules for a minute, then objects that do nothing but wake. */
export async function latenesses(stack: Stack): Promise<readonly Lateness[]> {
  const startMs = Math.ceil(Date.now() / 1000) * 1000;
  const scheduled = await Promise.all(
    Array.from({ length: vaults }, async (_, i) => {
      const vault = await claimVault(stack, "1");
      await setPolicy(vault, "1");
      // Not all in the same moment: an eighth of a second apart.
      const anchor = timestampFromMs(startMs + (i * 1000) / vaults);
      const interval = await scheduledTrigger(vault, {
        case: "interval",
        value: { startTime: anchor, period: durationFromMs(1000) },
      });
      const cron = await scheduledTrigger(vault, {
        case: "cron",
        value: { expression: "* * * * * *", timeZone: "Europe/Berlin" },
      });
      return { vault, interval, cron };
    }),
  );
  await sleep(lengthMs);
  const of = async (kind: "interval" | "cron") =>
    (await Promise.all(scheduled.map((one) => firedLate(one.vault, one[kind])))).flat();
  const [interval, cron] = [await of("interval"), await of("cron")];
  for (const { vault, interval, cron } of scheduled) {
    for (const name of [interval, cron]) {
      await vault.client.triggers.deleteTrigger({ name, requestId: requestId() });
    }
  }
  return [
    summary("an interval of 1 s", interval),
    summary("cron, each second", cron),
    summary("the platform's own alarm", await bareAlarms(stack)),
  ];
}

async function scheduledTrigger(
  { stack, name, client }: LiveVault,
  schedule: MessageInitShape<typeof ScheduleSchema>["schedule"] & object,
): Promise<string> {
  const { trigger } = await client.triggers.createTrigger({
    parent: name,
    requestId: requestId(),
    trigger: create(TriggerSchema, {
      displayName: "each second",
      condition: {
        test: { case: "schedule", value: { schedule, overlap: Schedule_Overlap.ALLOW } },
      },
      intent: swapIntent(stack, { shareBps: 1 }),
    }),
  });
  if (trigger === undefined) throw new Error("no trigger");
  return trigger.name;
}

/** The lateness of every firing of a trigger, in milliseconds. */
async function firedLate({ client }: LiveVault, parent: string): Promise<readonly number[]> {
  const late: number[] = [];
  for (let pageToken = ""; ; ) {
    const page = await client.triggers.listFirings({ parent, pageSize: 200, pageToken });
    for (const { occurrenceKey, fireTime } of page.firings) {
      const at = /\/at\/([^+]+)/.exec(occurrenceKey)?.[1];
      if (at === undefined || fireTime === undefined) throw new Error(`no time: ${occurrenceKey}`);
      late.push(timestampMs(fireTime) - Date.parse(at));
    }
    pageToken = page.nextPageToken;
    if (pageToken === "") return late;
  }
}

/** As many objects with an alarm each second, for as long, that do nothing but note the time. */
async function bareAlarms(stack: Stack): Promise<readonly number[]> {
  const url = `http://127.0.0.1:${stack.ports.direct}`;
  const ask = (path: string, i: number) =>
    fetch(`${url}${path}?object=${i}`, { method: "POST" }).then((answer) => answer.json());
  const each = Array.from({ length: vaults }, (_, i) => i);
  await Promise.all(each.map((i) => ask("/alarms/start", i)));
  await sleep(lengthMs);
  return (await Promise.all(each.map((i) => ask("/alarms/stop", i)))).flat() as number[];
}

function summary(name: string, late: readonly number[]): Lateness {
  const times = late.length;
  return {
    name,
    times,
    p50Ms: percentile(late, 0.5),
    p99Ms: percentile(late, 0.99),
    maxMs: Math.max(...late),
  };
}
