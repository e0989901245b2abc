import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { EventSchema } from "#gen/signal/v1/event";
import { Inputs_ChainLogsSchema, Inputs_ChainValueSchema } from "#gen/trigger/v1/firing";
import { startMs } from "../../test/support/conditions.ts";
import { registry } from "../../test/support/registry.ts";
import { quakes } from "../../test/support/watching-vault.ts";
import { ofChainLogs, ofChainValue, ofEvent } from "./happening.ts";
import { createPastWorld } from "./past-world.ts";

const hour = 3_600_000;
const world = () => createPastWorld(registry, []);

const value = (text: string, atMs: number) =>
  ofChainValue(
    create(Inputs_ChainValueSchema, {
      key: "eip155:1/base-fee",
      value: text,
      blockNumber: 7n,
      time: timestampFromMs(atMs),
    }),
  );

describe("a chain value", () => {
  test("holds until the next of its key, and is as new as the look", () => {
    const past = world();
    past.take(value("5", startMs));
    expect(past.lookAt(startMs + hour).chain.get("eip155:1/base-fee")).toEqual({
      value: "5",
      blockNumber: 7n,
      timeMs: startMs + hour,
    });
    past.take(value("6", startMs + 2 * hour));
    expect(past.lookAt(startMs + 3 * hour).chain.get("eip155:1/base-fee")?.value).toBe("6");
  });

  test("ends with an empty one", () => {
    const past = world();
    past.take(value("5", startMs));
    past.take(value("", startMs + hour));
    expect(past.lookAt(startMs + hour).chain.get("eip155:1/base-fee")?.value).toBeUndefined();
  });
});

describe("a log", () => {
  const logs = ofChainLogs(
    create(Inputs_ChainLogsSchema, {
      key: "logs",
      logs: [3n, 5n].map((blockNumber) => ({
        blockNumber,
        transactionHash: `0x${"1".repeat(64)}`,
        topics: [`0x${"2".repeat(64)}`],
        data: "0x",
        time: timestampFromMs(startMs + Number(blockNumber)),
      })),
    }),
  );

  test("is known from the time of its block on", () => {
    expect(logs.slice(1).map(({ atMs }) => atMs - startMs)).toEqual([3, 5]);
  });

  test("has a filter that is read before there is any", () => {
    const past = world();
    for (const log of logs.slice(0, 1)) past.take(log);
    expect(past.lookAt(startMs).logs.get("logs")).toMatchObject({ logs: [], readMs: startMs });
  });

  test("is new at one look", () => {
    const past = world();
    for (const log of logs) past.take(log);
    const first = past.lookAt(startMs + 5).logs.get("logs");
    expect(first).toMatchObject({ fromBlock: 3n, toBlock: 5n });
    expect(first?.logs).toHaveLength(2);
    expect(past.lookAt(startMs + 6).logs.get("logs")).toMatchObject({ logs: [], toBlock: 5n });
  });
});

describe("an event", () => {
  const event = (revision: number, occurMs: number) =>
    ofEvent(
      create(EventSchema, {
        series: quakes,
        id: "usgs:a",
        revision,
        occurTime: timestampFromMs(occurMs),
        detectTime: timestampFromMs(startMs),
      }),
    );

  test("is published for 48 hours, in its latest revision", () => {
    const past = world();
    past.take(event(1, startMs));
    past.take(event(2, startMs));
    expect(past.lookAt(startMs + 48 * hour).events).toMatchObject([{ revision: 2 }]);
    expect(past.lookAt(startMs + 48 * hour + 1).events).toEqual([]);
  });
});
