/**
 * The signals service in memory: its contract, its registry and its own way to build a snapshot,
 * without sources and database. What is known is told to it.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { createContextValues } from "@connectrpc/connect";
import { type Event, Event_Status, EventSchema } from "#gen/signal/v1/event";
import { type Observation, ObservationSchema } from "#gen/signal/v1/observation";
import type { Series } from "#gen/signal/v1/series";
import { SignalService } from "#gen/signal/v1/signal_service";
import type { Snapshot } from "#gen/signal/v1/snapshot";
import { readBody } from "#protocol/exchange";
import { type Handle, maxBodyBytes, serve } from "#protocol/serve";
import { buildSnapshot } from "../../../signals-service/src/publish/snapshot.ts";
import { registry } from "./registry.ts";
import { type Feed, type SignedRound, signRound } from "./signed-round.ts";

/** A key of a feed. */
export async function makeFeedKey(): Promise<Feed> {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
  const text = btoa(String.fromCharCode(...raw));
  const keyId = `ed25519:${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
  return { keyId, key: pair.privateKey };
}

export class FakeSignals {
  /** What is published. */
  series: ReadonlyMap<string, Series>;
  readonly observations: Observation[] = [];
  readonly events: Event[] = [];
  /** How many calls each method had. */
  readonly calls = new Map<string, number>();
  reachable = true;
  /** How far the feed's clock is ahead when it publishes, in milliseconds. */
  skewMs = 0;
  /** The most of a page, whatever is asked for. */
  maxPage = 1000;
  readonly #feed: Feed;
  readonly #now: () => number;
  readonly #periodMs: number;
  #round = 0n;
  #published: SignedRound | undefined;
  #nextMs = 0;

  constructor(
    feed: Feed,
    now: () => number,
    periodMs = 60_000,
    series: ReadonlyMap<string, Series> = registry,
  ) {
    this.series = series;
    this.#feed = feed;
    this.#now = now;
    this.#periodMs = periodMs;
  }

  get feedKeyId(): string {
    return this.#feed.keyId;
  }

  /** A new round of a series: what its source says now. `undefined`: nothing. */
  observe(
    series: string,
    value: string | undefined,
    more: MessageInitShape<typeof ObservationSchema> = {},
  ): Observation {
    const nowMs = this.#now();
    const rounds = this.observations.filter((one) => one.series === series).length;
    const contentMs = Number(this.series.get(series)?.maxContentAge?.seconds ?? 0n) * 1000;
    const observation = create(ObservationSchema, {
      series,
      round: BigInt(rounds + 1),
      ...(value === undefined ? {} : { value }),
      observeTime: timestampFromMs(nowMs),
      fetchTime: timestampFromMs(nowMs),
      publishTime: timestampFromMs(nowMs),
      expireTime: timestampFromMs(nowMs + contentMs),
      ...more,
    });
    this.observations.push(observation);
    return observation;
  }

  /** Its source was read again and says the same. */
  reread(series: string): void {
    const last = this.observations.findLast((one) => one.series === series);
    const contentMs = Number(this.series.get(series)?.maxContentAge?.seconds ?? 0n) * 1000;
    if (last === undefined) return;
    last.fetchTime = timestampFromMs(this.#now());
    last.expireTime = timestampFromMs(this.#now() + contentMs);
  }

  /** Something happened. */
  event(init: MessageInitShape<typeof EventSchema> & { readonly id: string }): Event {
    const nowMs = this.#now();
    const event = create(EventSchema, {
      series: "natural.quake@v1",
      revision: 1,
      status: Event_Status.CONFIRMED,
      type: "earthquake",
      occurTime: timestampFromMs(nowMs),
      detectTime: timestampFromMs(nowMs),
      expireTime: timestampFromMs(nowMs + 31 * 86_400_000),
      ...init,
    });
    this.events.push(event);
    return event;
  }

  /** Publishes what is known now, until a time. */
  async publish(nextMs = this.#now() + this.#periodMs): Promise<Snapshot> {
    const nowMs = this.#now() + this.skewMs;
    this.#round += 1n;
    this.#nextMs = nextMs;
    const latest = new Map(this.observations.map((one) => [one.series, one] as const));
    const recent = this.events.filter((one) => msOf(one.occurTime) >= nowMs - 48 * 3_600_000);
    const times = { nowMs, nextMs: this.#nextMs };
    const snapshot = buildSnapshot(this.#round, this.series, [...latest.values()], recent, times);
    this.#published = await signRound(snapshot, this.#feed);
    return snapshot;
  }

  readonly #handle: Handle = serve(
    (router) =>
      router.service(SignalService, {
        listObservations: (request) => {
          const all = this.observations.filter(
            (one) =>
              `series/${one.series}` === request.parent &&
              isWithin(one.publishTime, request) &&
              (request.pageToken === "" || one.round < BigInt(request.pageToken)),
          );
          const page = this.#page(all.reverse(), request.pageSize);
          const more = page.length < all.length;
          return {
            observations: page,
            nextPageToken: more ? String(page.at(-1)?.round ?? "") : "",
          };
        },
        listEvents: (request) => {
          const all = this.events
            .filter(
              (one) =>
                `series/${one.series}` === request.parent && isWithin(one.detectTime, request),
            )
            .sort((a, b) => msOf(b.detectTime) - msOf(a.detectTime));
          const from = Number(request.pageToken);
          const page = this.#page(all.slice(from), request.pageSize);
          const next = from + page.length;
          return { events: page, nextPageToken: next < all.length ? String(next) : "" };
        },
        batchGetObservations: (request) => {
          const nextPublishTime = timestampFromMs(this.#nextMs);
          const published = this.#published;
          if (published === undefined || request.knownRound === this.#round) {
            return { nextPublishTime };
          }
          const entries = request.names.flatMap(
            (name) => published.entries.get(name.slice("series/".length)) ?? [],
          );
          return { signedManifest: published.manifest, entries, nextPublishTime };
        },
      }),
    {
      enforcer: "SIGNALS",
      onFault: (fault) => {
        throw fault;
      },
    },
  );

  readonly fetch = async (request: Request): Promise<Response> => {
    if (!this.reachable) return new Response(null, { status: 503 });
    const { method, url, headers } = request;
    const name = url.slice(url.lastIndexOf("/") + 1);
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    const body = await readBody(request.body, maxBodyBytes);
    if (body === undefined) throw new Error("too large");
    const wire = { method, url, headers, body };
    const answer = await this.#handle(wire, createContextValues(), new AbortController().signal);
    if (answer === undefined) return new Response(null, { status: 404 });
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  };

  #page<T>(all: readonly T[], size: number): T[] {
    return all.slice(0, Math.min(this.maxPage, size === 0 ? 50 : size));
  }
}

function isWithin(
  time: Observation["publishTime"],
  range: { startTime?: typeof time; endTime?: typeof time },
): boolean {
  const ms = msOf(time);
  const { startTime, endTime } = range;
  return (
    (startTime === undefined || ms >= timestampMs(startTime)) &&
    (endTime === undefined || ms < timestampMs(endTime))
  );
}

function msOf(time: Observation["publishTime"]): number {
  return time === undefined ? 0 : timestampMs(time);
}
