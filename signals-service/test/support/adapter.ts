/**
 * What every adapter is tried with: recorded shapes of what its upstream can answer, good and bad.
 * The values are invented.
 */
import { describe, expect, test } from "vitest";
import { askSource } from "../../src/fetch/ask.ts";
import type { Outcome } from "../../src/fetch/outcome.ts";
import type { Configured, EventReading, Reading } from "../../src/source/source.ts";

/** What an upstream answers to a URL: a `Response`, or a value that is sent as JSON. */
export type Upstream = (url: string, body: string | undefined) => unknown;

/** One case: what the upstream says, and what must become of it. */
export type AdapterCase =
  | { readonly says: Upstream; readonly check: (outcome: Outcome) => void }
  /** The upstream has no such case; why not. */
  | { readonly none: string };

/** The cases that every adapter has to say something about. */
export type AdapterCases = Readonly<
  Record<
    | "happy"
    | "empty but valid"
    | "missing and null"
    | "stale"
    | "dated in the future"
    | "an unknown enum"
    | "a string for a number"
    | "revised and retracted"
    | "duplicated"
    | "partial coverage",
    AdapterCase
  >
>;

/** Describes an adapter by its cases. What no adapter may take, an error page or a 429, is added. */
export function describeAdapter(
  name: string,
  configured: Configured,
  nowMs: number,
  cases: AdapterCases,
): void {
  describe(name, () => {
    for (const [title, one] of Object.entries(cases) as [string, AdapterCase][]) {
      if ("none" in one) continue;
      test(title, async () => one.check(await outcomeOf(configured, one.says, nowMs)));
    }

    test.each<readonly [string, () => Response]>([
      ["a 429", () => new Response("slow down", { status: 429, headers: { "retry-after": "60" } })],
      ["a 503", () => new Response("{}", { status: 503 })],
      ["an error page with status 200", () => new Response("<html>Oops</html>")],
      ["a list", () => Response.json([])],
      ["null", () => Response.json(null)],
      ["nothing", () => new Response("")],
      ["an empty object", () => Response.json({})],
    ])("%s is no reading", async (_, answer) => {
      const outcome = await outcomeOf(configured, answer, nowMs);
      // An adapter may also say outright that there is nothing: then without any value.
      if (outcome.kind === "failed") return;
      expect(outcome.readings.readings.filter(({ value }) => value !== undefined)).toEqual([]);
      expect(outcome.readings.events).toEqual([]);
      expect(outcome.readings.complete ?? []).toEqual([]);
    });
  });
}

/** Asks the source once, of an upstream that is played. */
export function outcomeOf(configured: Configured, says: Upstream, nowMs: number): Promise<Outcome> {
  if (!configured.on) throw new Error(configured.why);
  const fetch = async (url: string, init: RequestInit) => {
    const said = await says(url, typeof init.body === "string" ? init.body : undefined);
    return said instanceof Response ? said : Response.json(said);
  };
  return askSource(fetch, configured.source, () => nowMs);
}

/** The reading of a series. Throws when the source failed or has none. */
export function readingOf(outcome: Outcome, series: string): Reading {
  if (outcome.kind === "failed") throw new Error(outcome.failure.detail);
  const found = outcome.readings.readings.find((reading) => reading.series === series);
  if (found === undefined) throw new Error(`no reading of ${series}`);
  return found;
}

/** The events. Throws when the source failed. */
export function eventsOf(outcome: Outcome): readonly EventReading[] {
  if (outcome.kind === "failed") throw new Error(outcome.failure.detail);
  return outcome.readings.events;
}
