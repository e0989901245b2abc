/**
 * The record of what an evaluation looked at, and the view that it gives back.
 *
 * Pure. A record keeps just what the condition can look at, so that a firing replays to the same
 * verdict without the rest of the world, byte for byte.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "#gen/signal/v1/event";
import { type Series_Kind, SeriesSchema, type Unit } from "#gen/signal/v1/series";
import {
  type Inputs,
  type Inputs_ChainLogs,
  Inputs_ChainLogs_LogSchema,
  Inputs_ChainLogsSchema,
  Inputs_ChainValueSchema,
  Inputs_History_SampleSchema,
  Inputs_HistorySchema,
  InputsSchema,
} from "#gen/trigger/v1/firing";
import type { ChainReading, LogPage } from "../chain/chain-read.ts";
import { type Sample, stepOf } from "../signal/sample.ts";
import type { Node } from "./compile.ts";
import { eventCause } from "./leaf/event-facts.ts";
import type { Dependency } from "./leaf-kind.ts";
import { decodeStates, encodeStates, type States } from "./state.ts";
import type { View } from "./view.ts";

/** What of a view is neither of the world nor of a chain, as `Inputs.state` holds it. */
type RecordedState = {
  readonly activeMs: number;
  readonly busy: boolean;
  /** Causes that were spent, as far as they could matter. */
  readonly spent: readonly string[];
  readonly states: string;
  /** By series id: how old a reading of the source may be, in milliseconds. */
  readonly transportMs: Readonly<Record<string, number>>;
  /** By series id: the numbers of its kind and its unit. Older records have none. */
  readonly kinds?: Readonly<Record<string, readonly [Series_Kind, Unit]>>;
};

/** The same as the first release wrote it: ids of events, and seconds. */
type FirstState = {
  readonly consumed: readonly string[];
  readonly transportSeconds: Readonly<Record<string, number>>;
};

/** The past of every round of a series has no step. */
const everyRound = 0;

/** Writes the record of what `node` can look at. */
export function recordInputs(node: Node, view: View, states: States): Inputs {
  const names = namesOf(node.depends);
  const events = view.events.filter((event) => names.has(event.series));
  const series = [...names].sort();
  const remembered = encodeStates(states);
  const chainLogs = logKeys(node.depends).flatMap((key) => toChainLogs(key, view.logs.get(key)));
  const state: RecordedState = {
    activeMs: view.activeMs,
    busy: view.busy,
    spent: spentOf(events, chainLogs, remembered, view.spent),
    states: remembered,
    transportMs: Object.fromEntries(
      series.flatMap((name) => {
        const age = view.series.get(name)?.maxTransportAge;
        return age === undefined ? [] : [[name, Number(age.seconds) * 1000]];
      }),
    ),
    kinds: Object.fromEntries(
      series.flatMap((name) => {
        const known = view.series.get(name);
        return known === undefined ? [] : [[name, [known.kind, known.unit]]];
      }),
    ),
  };
  return create(InputsSchema, {
    observations: series.flatMap((name) => view.observations.get(name) ?? []),
    events,
    now: timestampFromMs(view.nowMs),
    round: view.round,
    chainValues: chainKeys(node.depends).flatMap((key) => toChainValue(key, view.chain.get(key))),
    chainLogs,
    histories: [...historiesOf(node.depends, view), ...roundsOf(node.depends, view)],
    state: new TextEncoder().encode(JSON.stringify(state)),
    ...(series.length === 0 || view.receiveMs === undefined
      ? {}
      : { receiveTime: timestampFromMs(view.receiveMs) }),
  });
}

/** Reads a record back. */
export function viewOf(inputs: Inputs): { readonly view: View; readonly states: States } {
  const state = recordedState(inputs.state);
  const past = inputs.histories.map((history) => {
    const stepMs = Number(history.step?.seconds ?? 0n) * 1000;
    const samples = history.samples.map((sample) => ({
      observeMs: msOf(sample.observeTime),
      value: sample.value,
      round: sample.round,
    }));
    return { series: history.series, stepMs, samples };
  });
  const view: View = {
    nowMs: msOf(inputs.now),
    round: inputs.round,
    ...(inputs.receiveTime === undefined ? {} : { receiveMs: msOf(inputs.receiveTime) }),
    observations: new Map(inputs.observations.map((o) => [o.series, o] as const)),
    events: inputs.events,
    series: seriesOf(state),
    histories: new Map(
      past
        .filter(({ stepMs }) => stepMs !== everyRound)
        .map(({ series, stepMs, samples }) => [`${series}/${stepMs}`, samples] as const),
    ),
    rounds: new Map(
      past
        .filter(({ stepMs }) => stepMs === everyRound)
        .map(({ series, samples }) => [series, samples] as const),
    ),
    chain: new Map(
      inputs.chainValues.map((value) => [
        value.key,
        {
          value: value.value === "" ? undefined : value.value,
          blockNumber: value.blockNumber,
          timeMs: msOf(value.time),
        },
      ]),
    ),
    logs: new Map(inputs.chainLogs.map((page) => [page.key, fromChainLogs(page)] as const)),
    spent: new Set(state.spent),
    activeMs: state.activeMs,
    busy: state.busy,
  };
  return { view, states: decodeStates(state.states) };
}

/** What is recorded of series. */
function seriesOf({ transportMs, kinds = {} }: RecordedState): View["series"] {
  const ids = new Set([...Object.keys(transportMs), ...Object.keys(kinds)]);
  return new Map(
    [...ids].map((id) => {
      const ms = transportMs[id];
      const [kind, unit] = kinds[id] ?? [];
      const series = create(SeriesSchema, {
        id,
        ...(ms === undefined
          ? {}
          : { maxTransportAge: { seconds: BigInt(Math.floor(ms / 1000)) } }),
        ...(kind === undefined ? {} : { kind }),
        ...(unit === undefined ? {} : { unit }),
      });
      return [id, series] as const;
    }),
  );
}

/** Reads the state of a record, also of one that an older release wrote. */
function recordedState(bytes: Uint8Array): RecordedState {
  const known: Partial<RecordedState> & Partial<FirstState> =
    bytes.length === 0 ? {} : JSON.parse(new TextDecoder().decode(bytes));
  const { consumed = [], transportSeconds = {} } = known;
  const inMs = Object.entries(transportSeconds).map(([id, seconds]) => [id, seconds * 1000]);
  return {
    activeMs: known.activeMs ?? 0,
    busy: known.busy ?? false,
    spent: known.spent ?? consumed.map((id) => `event/${id}`),
    states: known.states ?? "{}",
    kinds: known.kinds ?? {},
    transportMs: known.transportMs ?? Object.fromEntries(inMs),
  };
}

/** The causes that were spent and are among what the record holds: no others can matter. */
function spentOf(
  events: readonly Event[],
  pages: readonly Inputs_ChainLogs[],
  states: string,
  spent: ReadonlySet<string>,
): readonly string[] {
  const recorded = new Set(events.map(eventCause));
  const hashes = new Set(pages.flatMap(({ logs }) => logs.map((log) => log.transactionHash)));
  const matters = (cause: string) =>
    recorded.has(cause) ||
    (cause.startsWith("log/") && (hashes.has(cause.split("/")[2] ?? "") || states.includes(cause)));
  return [...spent].filter(matters).sort();
}

function namesOf(depends: readonly Dependency[]): ReadonlySet<string> {
  return new Set(depends.flatMap((one) => ("series" in one ? [one.series] : [])));
}

function chainKeys(depends: readonly Dependency[]): readonly string[] {
  return unique(depends.flatMap((one) => (one.kind === "chain" ? [one.read.key] : [])));
}

function logKeys(depends: readonly Dependency[]): readonly string[] {
  return unique(depends.flatMap((one) => (one.kind === "logs" ? [one.filter.key] : [])));
}

function historiesOf(depends: readonly Dependency[], view: View) {
  const wanted = depends.flatMap((one) =>
    one.kind === "history" ? [{ series: one.series, stepMs: stepOf(one.windowMs) }] : [],
  );
  return unique(wanted.map(({ series, stepMs }) => `${series}/${stepMs}`)).flatMap((key) => {
    const slash = key.lastIndexOf("/");
    const samples = view.histories.get(key) ?? [];
    return toHistory(key.slice(0, slash), Number(key.slice(slash + 1)), samples);
  });
}

function roundsOf(depends: readonly Dependency[], view: View) {
  const wanted = unique(depends.flatMap((one) => (one.kind === "rounds" ? [one.series] : [])));
  return wanted.flatMap((series) => toHistory(series, everyRound, view.rounds.get(series) ?? []));
}

function toHistory(series: string, stepMs: number, samples: readonly Sample[]) {
  if (samples.length === 0) return [];
  return create(Inputs_HistorySchema, {
    series,
    step: { seconds: BigInt(stepMs / 1000) },
    samples: samples.map(({ observeMs, value, round }) =>
      create(Inputs_History_SampleSchema, {
        observeTime: timestampFromMs(observeMs),
        ...(value === undefined ? {} : { value }),
        round,
      }),
    ),
  });
}

function toChainValue(key: string, reading: ChainReading | undefined) {
  if (reading === undefined) return [];
  const { value = "", blockNumber, timeMs } = reading;
  return create(Inputs_ChainValueSchema, {
    key,
    value,
    blockNumber,
    time: timestampFromMs(timeMs),
  });
}

function toChainLogs(key: string, page: LogPage | undefined) {
  if (page === undefined) return [];
  return create(Inputs_ChainLogsSchema, {
    key,
    fromBlock: page.fromBlock,
    toBlock: page.toBlock,
    time: timestampFromMs(page.readMs),
    logs: page.logs.map((log) =>
      create(Inputs_ChainLogs_LogSchema, {
        blockNumber: log.blockNumber,
        transactionHash: log.transactionHash,
        ordinal: log.ordinal,
        topics: [...log.topics],
        data: log.data,
        time: timestampFromMs(log.timeMs),
      }),
    ),
  });
}

/** Reads recorded logs. */
export function fromChainLogs(page: Inputs["chainLogs"][number]): LogPage {
  return {
    fromBlock: page.fromBlock,
    toBlock: page.toBlock,
    readMs: msOf(page.time),
    logs: page.logs.map((log) => ({
      blockNumber: log.blockNumber,
      transactionHash: log.transactionHash as `0x${string}`,
      ordinal: log.ordinal,
      topics: log.topics as `0x${string}`[],
      data: log.data as `0x${string}`,
      timeMs: msOf(log.time),
    })),
  };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

function msOf(time: Parameters<typeof timestampMs>[0] | undefined): number {
  return time === undefined ? 0 : timestampMs(time);
}
