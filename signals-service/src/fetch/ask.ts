/**
 * Asks sources over HTTP. A source that fails is no reading, never a value.
 *
 * What the sources of one account ask alike in one run is asked once. An account that turns us
 * away is left alone for the rest of the run, as is an upstream that answers nothing.
 */
import { err, ok, type Result } from "#protocol/result";
import type { Ask, AskFailure, AskRequest, Source } from "../source/source.ts";
import type { Outcome, Payload } from "./outcome.ts";
import { type Fetch, type Received, request } from "./request.ts";

/** How long an answer may take, in milliseconds. */
export const answerMs = 10_000;

/** How many answers in a row an upstream may owe before a run asks it no further. */
const maxOwed = 3;

/** What one run needs to ask. */
export type AskerDeps = {
  readonly fetch: Fetch;
  readonly now: () => number;
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs: number;
  /** When the run is over, in milliseconds since the epoch: nothing is asked that takes longer. */
  readonly untilMs: number;
  /** Takes a call out of an account's quota, or says why it may not be made. Never throws. */
  readonly take: (account: string) => Promise<Result<undefined, AskFailure>>;
};

/** Asks one source. Never throws. */
export type Asker = (source: Source) => Promise<Outcome>;

type Answered = { readonly received: Received; readonly payload: Payload };

/** Creates the asker of one run. */
export function createAsker(deps: AskerDeps): Asker {
  const made = new Map<string, Promise<Result<Answered, AskFailure>>>();
  const owed = new Map<string, number>();
  const stopped = new Map<string, AskFailure>();

  const call = async (account: string, wanted: AskRequest) => {
    const stop = stopped.get(account);
    if (stop !== undefined) return err(stop);
    const taken = await deps.take(account);
    if (!taken.ok) return taken;
    const timeoutMs = Math.min(deps.timeoutMs, deps.untilMs - deps.now());
    if (timeoutMs <= 0) return err<AskFailure>({ reason: "timeout", detail: "the run is over" });
    const answer = await request({ ...deps, timeoutMs }, wanted);
    if (answer.ok) {
      // It is there: then only one of its endpoints may hang.
      owed.set(account, Number.NEGATIVE_INFINITY);
      const { bytes, fetchMs } = answer.value;
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return ok({ received: answer.value, payload: { hash, body: bytes, fetchMs } });
    }
    const { reason } = answer.error;
    const count = (owed.get(account) ?? 0) + (reason === "timeout" ? 1 : 0);
    owed.set(account, count);
    if (reason === "rate_limited" || count >= maxOwed) stopped.set(account, answer.error);
    return answer;
  };

  const share = (account: string, wanted: AskRequest) => {
    const key = JSON.stringify([account, wanted.url, wanted.headers, wanted.body]);
    const known = made.get(key) ?? call(account, wanted);
    made.set(key, known);
    return known;
  };

  return async (source) => {
    const answers: (Payload | undefined)[] = [];
    const ask: Ask = async (wanted) => {
      const index = answers.push(undefined) - 1;
      const answer = await share(source.account, wanted);
      if (!answer.ok) return answer;
      const { received, payload } = answer.value;
      answers[index] = payload;
      return ok({ json: received.json, fetchMs: received.fetchMs });
    };
    try {
      const readings = await source.read(ask, deps.now());
      if (!readings.ok) return { kind: "failed", source, failure: readings.error };
      const payloads = answers.flatMap((payload) => payload ?? []);
      const fetchMs = Math.max(...payloads.map((payload) => payload.fetchMs));
      if (payloads.length === 0) throw new Error("a source said something that nobody answered");
      return { kind: "ok", source, fetchMs, readings: readings.value, payloads };
    } catch {
      const failure: AskFailure = { reason: "unexpected", detail: "the answer can't be read" };
      return { kind: "failed", source, failure };
    }
  };
}

/** Asks one source by itself, without a quota. Never throws. */
export function askSource(fetch: Fetch, source: Source, now: () => number): Promise<Outcome> {
  const take = async () => ok(undefined);
  const untilMs = Number.POSITIVE_INFINITY;
  return createAsker({ fetch, now, timeoutMs: answerMs, untilMs, take })(source);
}
