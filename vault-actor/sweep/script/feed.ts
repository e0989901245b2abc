/**
 * The world of a run: what the feed publishes, round by round.
 *
 * Prices stay on one side of a hundred for some rounds and then on the other, so that levels rise
 * and fall; events are reported, corrected and taken back.
 */
import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Event, Event_Status, EventSchema } from "#gen/signal/v1/event";
import { type Observation, ObservationSchema, Quality } from "#gen/signal/v1/observation";
import {
  type Series,
  Series_Kind,
  Series_TrustTier,
  SeriesSchema,
  Unit,
} from "#gen/signal/v1/series";
import { type SeriesEntry, SeriesEntrySchema } from "#gen/signal/v1/snapshot";
import type { Random } from "../random.ts";

export const priceSeries = ["market.price.eth.usd@v1", "market.price.btc.usd@v1"] as const;
export const eventSeries = "natural.quake@v1";

/** What a series says in a round. `undefined`: nothing that may be acted on. */
export type Said = number | undefined;

/** An event as the world has it. A status counts from a round on. */
export type Happening = {
  readonly id: string;
  readonly magnitude: number;
  readonly occurMs: number;
  readonly statuses: readonly { readonly fromRound: number; readonly status: Event_Status }[];
};

/** One publication. `number` counts from 1. */
export type Round = {
  readonly number: number;
  readonly publishMs: number;
  readonly nextPublishMs: number;
  readonly says: readonly Said[];
};

/** All that a feed publishes in a run. */
export type Feed = {
  readonly periodMs: number;
  readonly rounds: readonly Round[];
  readonly happenings: readonly Happening[];
};

/** How long before it is published a value was observed and read. */
export const observedBeforeMs = 2_000;
const fetchedBeforeMs = 1_000;

/** For how long a value is good. */
export const goodForMs = 600_000;

/** Draws a world from `startMs` to `endMs`. */
export function drawFeed(random: Random, startMs: number, endMs: number): Feed {
  const periodMs = random.pick([10_000, 15_000, 30_000, 60_000]);
  const values = priceSeries.map(() => drawValues(random.fork()));
  const rounds: Round[] = [];
  for (let n = 1; ; n++) {
    const dueMs = startMs - periodMs + (n - 1) * periodMs;
    if (dueMs > endMs) break;
    rounds.push({
      number: n,
      publishMs: dueMs + random.int(0, 900),
      nextPublishMs: dueMs + periodMs + 500,
      says: values.map((next) => next()),
    });
  }
  return { periodMs, rounds, happenings: drawHappenings(random, rounds) };
}

/** The newest round at a true time. */
export function roundAt(feed: Feed, trueMs: number): Round | undefined {
  return feed.rounds.findLast(({ publishMs }) => publishMs <= trueMs);
}

/** An event's status in a round. `undefined`: not published yet. */
export function statusIn(happening: Happening, round: number): Event_Status | undefined {
  return happening.statuses.findLast(({ fromRound }) => fromRound <= round)?.status;
}

/** What a round says, series by series. */
export function entriesOf(feed: Feed, round: Round): readonly SeriesEntry[] {
  return [...seriesOf.values()].map((series) => {
    const place = (priceSeries as readonly string[]).indexOf(series.id);
    const events =
      place === -1 ? feed.happenings.flatMap((happening) => eventOf(happening, round)) : [];
    const observation = observationOf(series.id, round, round.says[place]);
    return create(SeriesEntrySchema, { series, observation, events });
  });
}

function drawValues(random: Random): () => Said {
  let high = random.chance(0.4);
  let left = random.int(1, 8);
  return () => {
    if (left-- === 0) {
      high = !high;
      left = random.int(0, 8);
    }
    if (random.chance(0.03)) return undefined;
    return high ? random.int(101, 120) : random.int(80, 99);
  };
}

function drawHappenings(random: Random, rounds: readonly Round[]): readonly Happening[] {
  const { PRELIMINARY, CONFIRMED, UPDATED, RETRACTED } = Event_Status;
  const happenings: Happening[] = [];
  for (const round of rounds) {
    while (random.chance(0.12)) {
      const statuses = [];
      let fromRound = round.number;
      if (random.chance(0.3)) {
        statuses.push({ fromRound, status: PRELIMINARY });
        fromRound += random.int(1, 4);
      }
      statuses.push({ fromRound, status: CONFIRMED });
      if (random.chance(0.3)) {
        fromRound += random.int(1, 4);
        statuses.push({ fromRound, status: UPDATED });
      }
      if (random.chance(0.1)) {
        fromRound += random.int(1, 4);
        statuses.push({ fromRound, status: RETRACTED });
      }
      happenings.push({
        id: `usgs:q${happenings.length}`,
        magnitude: random.int(3, 8),
        occurMs: round.publishMs - random.int(5_000, 90_000),
        statuses,
      });
    }
  }
  return happenings;
}

function observationOf(series: string, round: Round, said: Said): Observation {
  const isEvents = series === eventSeries;
  return create(ObservationSchema, {
    series,
    round: BigInt(round.number),
    ...(said === undefined ? {} : { value: String(said) }),
    observeTime: timestampFromMs(round.publishMs - observedBeforeMs),
    fetchTime: timestampFromMs(round.publishMs - fetchedBeforeMs),
    publishTime: timestampFromMs(round.publishMs),
    expireTime: timestampFromMs(round.publishMs + goodForMs),
    qualities: said === undefined && !isEvents ? [Quality.UNAVAILABLE] : [],
  });
}

function eventOf(happening: Happening, round: Round): Event[] {
  const status = statusIn(happening, round.number);
  if (status === undefined) return [];
  return [
    create(EventSchema, {
      series: eventSeries,
      id: happening.id,
      revision: 1 + happening.statuses.findIndex((one) => one.status === status),
      status,
      type: "earthquake",
      magnitude: String(happening.magnitude),
      unit: Unit.MAGNITUDE,
      occurTime: timestampFromMs(happening.occurMs),
      detectTime: timestampFromMs(round.publishMs),
      expireTime: timestampFromMs(happening.occurMs + 48 * 3_600_000),
    }),
  ];
}

const seriesOf: ReadonlyMap<string, Series> = new Map(
  [
    ...priceSeries.map((id) => ({ id, kind: Series_Kind.GAUGE, unit: Unit.USD })),
    { id: eventSeries, kind: Series_Kind.EVENT, unit: Unit.MAGNITUDE },
  ].map(({ id, kind, unit }) => [
    id,
    create(SeriesSchema, {
      name: `series/${id}`,
      id,
      kind,
      unit,
      decimals: 2,
      maxTransportAge: durationFromMs(600_000),
      trustTier: Series_TrustTier.OFFICIAL,
      zeroIsValid: true,
    }),
  ]),
);
