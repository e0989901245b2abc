/** Tells which inputs say something else than at the last look. Pure but for what it remembers. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Event } from "#gen/signal/v1/event";
import type { ChainReading, LogPage } from "../chain/chain-read.ts";
import type { World } from "../signal/world.ts";

/** What a look has seen of the world. */
export type Sight = {
  /** `undefined`: no snapshot was ever read. */
  readonly world: World | undefined;
  readonly chain: ReadonlyMap<string, ChainReading>;
  readonly logs: ReadonlyMap<string, LogPage>;
};

/** The names of the inputs (`inputName`) that differ. */
export function newsOf(before: Sight, after: Sight): ReadonlySet<string> {
  const news = new Set<string>();
  if (before.world?.observations !== after.world?.observations) addSeries(news, before, after);
  for (const [key, { value, blockNumber, timeMs }] of after.chain) {
    const known = before.chain.get(key);
    const isKnown =
      known?.value === value && known?.blockNumber === blockNumber && known?.timeMs === timeMs;
    if (!isKnown) news.add(`chain/${key}`);
  }
  for (const [key, page] of after.logs) if (before.logs.get(key) !== page) news.add(`logs/${key}`);
  return news;
}

function addSeries(news: Set<string>, before: Sight, after: Sight): void {
  const [was, is] = [textsOf(before.world), textsOf(after.world)];
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    if (was.get(name) !== is.get(name)) news.add(`series/${name}`);
  }
}

const known = new WeakMap<World["observations"], ReadonlyMap<string, string>>();

/** What a test may see of each series, as a text. */
function textsOf(world: World | undefined): ReadonlyMap<string, string> {
  if (world === undefined) return new Map();
  const remembered = known.get(world.observations);
  if (remembered !== undefined) return remembered;
  const texts = new Map<string, string>();
  for (const [name, one] of world.observations) {
    const { round, value, qualities } = one;
    const times = [one.observeTime, one.fetchTime, one.expireTime].map(textOf);
    texts.set(name, [round, value, qualities, ...times].join("|"));
  }
  for (const event of world.events) {
    texts.set(event.series, `${texts.get(event.series) ?? ""}\n${textOfEvent(event)}`);
  }
  known.set(world.observations, texts);
  return texts;
}

function textOfEvent(event: Event): string {
  const { id, revision, status, type, severityBps, magnitude, place } = event;
  const where = place === undefined ? "" : `${place.latitudeE6},${place.longitudeE6}`;
  const times = [event.occurTime, event.expireTime].map(textOf);
  return [id, revision, status, type, severityBps, magnitude, where, ...times].join("|");
}

function textOf(time: Timestamp | undefined): string {
  return time === undefined ? "" : `${time.seconds}.${time.nanos}`;
}
