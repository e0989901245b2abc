/**
 * What must become of random outcomes, worked out without the pipeline: in whole cents, with
 * plain sorting, by the words of the contract. One price of three sources, and their events.
 */

/** What one source says in one run. */
export type Saying = {
  readonly source: "a" | "b" | "c";
  /** Cents. `null`: it has no value. */
  readonly cents: number | null;
  /** How long before it was read the value was observed, in milliseconds. */
  readonly contentAgeMs: number;
  /** How long before the run it was read, in milliseconds. */
  readonly readAgeMs: number;
  /** The magnitudes of the events that it lists, by their numbers: all that there are. */
  readonly quakes: Readonly<Record<string, number>>;
};

/** One run. */
export type Turn = { readonly waitMs: number; readonly sayings: readonly Saying[] };

type Said = Omit<Saying, "readAgeMs" | "contentAgeMs"> & { fetchMs: number; observeMs: number };
type Quake = { magnitude: number; isRetracted: boolean; revision: number };

const maxFetchAgeMs = 300_000;
const maxObserveAgeMs = 900_000;

/** What the price must look like. */
export type Expected = { readonly value: string | undefined; readonly sources: string };

/** Creates the model. */
export function createModel() {
  const last = new Map<string, Said>();
  const quakes = new Map<string, Quake>();

  const hear = (saying: Saying, nowMs: number) => {
    const fetchMs = nowMs - saying.readAgeMs;
    const before = last.get(saying.source);
    if (before !== undefined && before.fetchMs >= fetchMs) return;
    last.set(saying.source, { ...saying, fetchMs, observeMs: fetchMs - saying.contentAgeMs });
    for (const [number, magnitude] of Object.entries(saying.quakes)) {
      const known = quakes.get(`${saying.source}:${number}`);
      if (known === undefined) {
        quakes.set(`${saying.source}:${number}`, { magnitude, isRetracted: false, revision: 1 });
      } else if (known.magnitude !== magnitude || known.isRetracted) {
        Object.assign(known, { magnitude, isRetracted: false, revision: known.revision + 1 });
      }
    }
    for (const [id, quake] of quakes) {
      const [source, number = ""] = id.split(":");
      if (source !== saying.source || number in saying.quakes || quake.isRetracted) continue;
      Object.assign(quake, { isRetracted: true, revision: quake.revision + 1 });
    }
  };

  return {
    /** Plays one run; what must be known of the price then. */
    play({ sayings }: Turn, nowMs: number): Expected {
      for (const saying of [...sayings].sort((a, b) => (a.source < b.source ? -1 : 1))) {
        hear(saying, nowMs);
      }
      const used = [...last.values()]
        .filter(({ fetchMs }) => nowMs - fetchMs <= maxFetchAgeMs)
        .filter(({ observeMs }) => nowMs - observeMs <= maxObserveAgeMs)
        .flatMap(({ cents, source }) => (cents === null ? [] : [{ cents, source }]));
      if (used.length === 0) return { value: undefined, sources: "" };
      const sorted = used.map(({ cents }) => cents).sort((a, b) => a - b);
      const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
      const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
      const sources = used.map(({ source }) => source).sort();
      // All are positive: a tie is rounded up.
      const cents = Math.floor((lower + upper + 1) / 2);
      return { value: String(cents / 100), sources: sources.join("") };
    },

    /** How many events are not taken back, and all revisions, by id. */
    quakes(): { readonly standing: number; readonly revisions: Readonly<Record<string, number>> } {
      const standing = [...quakes.values()].filter(({ isRetracted }) => !isRetracted).length;
      return {
        standing,
        revisions: Object.fromEntries([...quakes].map(([id, { revision }]) => [id, revision])),
      };
    },
  };
}
