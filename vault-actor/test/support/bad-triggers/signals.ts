/** Tests of signals that must be refused. */
import { Unit } from "#gen/signal/v1/series";
import {
  at,
  average,
  type BadTrigger,
  band,
  broken,
  crossing,
  ethUsd,
  event,
  invalid,
  move,
  quakes,
  rounds,
  stop,
  tenYears,
  threshold,
} from "./bad-trigger.ts";
/** One of the unknown series, and one in another unit, for every test that names both. */
export const perSeries = Object.entries({
  signal_threshold: threshold,
  signal_band: band,
  signal_crossing: crossing,
  signal_move: move,
  trailing_stop: stop,
  window_average: average,
  "consecutive_observations.threshold": rounds,
}).flatMap(([name, make]): readonly BadTrigger[] => [
  {
    name: `${name} of a series that is not there`,
    condition: make({ series: "no.such@v1" }),
    reason: "SERIES_UNKNOWN",
    field: `${at}.${name}.series`,
  },
  {
    name: `${name} in another unit than the series`,
    condition: make({ unit: Unit.PERCENT }),
    reason: "UNIT_MISMATCH",
    field: `${at}.${name}.unit`,
  },
  {
    name: `${name} of events`,
    condition: make({ series: quakes, unit: Unit.MAGNITUDE }),
    reason: "CONDITION_INVALID",
    field: `${at}.${name}.series`,
  },
  {
    name: `${name} without a maximum age`,
    condition: make({ maxAge: undefined }),
    reason: "FIELD_INVALID",
    field: `${at}.${name}.max_age`,
  },
]);

export const signals: readonly BadTrigger[] = [
  invalid("a price below all prices", threshold({ value: "0" }), "signal_threshold.value"),
  invalid("a band upside down", band({ low: "3000", high: "2000" }), "signal_band.low"),
  invalid("a move by nothing", move({ percent: "0" }), "signal_move.percent"),
  invalid("a fall by more than all", move({ percent: "-101" }), "signal_move.percent"),
  // Its heartbeat is a day, and 24 minutes where a minute is a second: too short for both.
  invalid(
    "a window of less than two heartbeats",
    move({ series: tenYears, unit: Unit.RATE_PERCENT, window: { seconds: 1440n } }),
    "signal_move.window",
  ),
  broken("a window of a second", move({ window: { seconds: 1n } }), "signal_move.window"),
  broken(
    "a window of a year",
    average({ window: { seconds: 31_536_000n } }),
    "window_average.window",
  ),
  invalid(
    "a stop by nothing",
    stop({ distance: { case: "percent", value: "0" } }),
    "trailing_stop.percent",
  ),
  invalid(
    "a stop upwards",
    stop({ distance: { case: "absolute", value: "-1" } }),
    "trailing_stop.absolute",
  ),
  broken(
    "a stop without a distance",
    stop({ distance: { case: undefined } }),
    "trailing_stop.distance",
  ),
  broken("one round in a row", rounds({}, 1), "consecutive_observations.count"),
  broken("101 rounds in a row", rounds({}, 101), "consecutive_observations.count"),
  broken("a constant that is no number", threshold({ value: "1e3" }), "signal_threshold.value"),
  broken("no relation", threshold({ comparator: 0 }), "signal_threshold.comparator"),
  invalid("events of a price", event({ series: ethUsd }), "event_match.series"),
  {
    name: "events of a series that is not there",
    condition: event({ series: "no.such@v1" }),
    reason: "SERIES_UNKNOWN",
    field: `${at}.event_match.series`,
  },
  broken(
    "a zone of no size",
    event({ zone: { latitudeE6: 0, longitudeE6: 0, radiusKm: 0 } }),
    "event_match.zone.radius_km",
  ),
];
