/**
 * Who makes triggers, pauses them and removes them: a client that repeats a request with the same
 * id until it has an answer.
 */
import type { Trigger } from "#gen/trigger/v1/trigger";
import type { Faults } from "../platform/faults.ts";
import type { SimulatedObject } from "../platform/object.ts";
import type { Timeline } from "../platform/timeline.ts";
import type { Random } from "../random.ts";
import type { Trace } from "../trace.ts";
import type { TriggerChange } from "./record.ts";

/** What is sent. `ask`: anything that changes nothing. */
export type OwnerRequest =
  | { readonly requestId: string; readonly kind: "ask" }
  | {
      readonly requestId: string;
      readonly kind: "create";
      readonly subject: number;
      readonly trigger: Trigger;
    }
  | {
      readonly requestId: string;
      readonly kind: "update";
      readonly triggerId: string;
      readonly trigger: Trigger;
    }
  | {
      readonly requestId: string;
      readonly kind: "pause" | "resume" | "delete";
      readonly triggerId: string;
    };

/** What an owner means to do. `subject`: the number of the trigger in the script. */
export type Act = {
  readonly atMs: number;
} /** `lostMs`: when the alarm was lost that it is to find so. */ & (
  | { readonly kind: "ask"; readonly lostMs?: number }
  | { readonly kind: "create" | "update"; readonly subject: number; readonly trigger: Trigger }
  | { readonly kind: "pause" | "resume" | "delete"; readonly subject: number }
);

/** How often a request is repeated: longer than any storm. */
const maxAttempts = 400;

/** Does what the script has the owner do. */
export class Owner {
  /** The ids of the triggers, by their number in the script. */
  readonly triggerIds = new Map<number, string>();
  readonly changes: TriggerChange[] = [];
  /** What was refused, or never answered: the sweep itself is wrong then. */
  readonly complaints: string[] = [];
  readonly #seen = new Set<string>();
  readonly #watched = new Set<string>();
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #faults: Faults;
  /** Alarms that are lost, or will be, and that no request has found yet. */
  lostAlarms = 0;

  constructor(timeline: Timeline, random: Random, trace: Trace, faults: Faults) {
    this.#timeline = timeline;
    this.#random = random;
    this.#trace = trace;
    this.#faults = faults;
  }

  /** Does `acts`, each not before its time, and those of a trigger one after the other. */
  start(acts: readonly Act[], object: SimulatedObject<OwnerRequest>): void {
    const chains = new Map<string, Act[]>();
    for (const [i, act] of acts.entries()) {
      const of = act.kind === "ask" ? `ask ${i}` : `trigger ${act.subject}`;
      chains.set(of, [...(chains.get(of) ?? []), act]);
    }
    this.lostAlarms = acts.filter((act) => act.kind === "ask" && act.lostMs !== undefined).length;
    for (const [of, chain] of chains) this.#follow(chain, of, object);
  }

  /** The triggers that are watched now, as far as their owner knows. */
  get watched(): ReadonlySet<string> {
    return this.#watched;
  }

  #follow(acts: readonly Act[], of: string, object: SimulatedObject<OwnerRequest>): void {
    const [act, ...rest] = acts;
    if (act === undefined) return;
    this.#timeline.at(act.atMs, () => {
      const request = this.#requestOf(act, `${of}, ${rest.length} left`);
      this.#send(request, object, 1, () => {
        if (act.kind === "ask" && act.lostMs !== undefined) this.#found(act.lostMs);
        this.#follow(rest, of, object);
      });
    });
  }

  /** A change was kept. Hears of a repetition too. */
  kept(request: OwnerRequest, change: Omit<TriggerChange, "kind">): void {
    if (request.kind === "ask" || this.#seen.has(request.requestId)) return;
    this.#seen.add(request.requestId);
    const kind = (
      {
        create: "created",
        update: "updated",
        pause: "paused",
        resume: "resumed",
        delete: "deleted",
      } as const
    )[request.kind];
    this.#trace.note(`${change.triggerId} is ${kind}`);
    this.changes.push({ ...change, kind });
    if (request.kind === "create") this.triggerIds.set(request.subject, change.triggerId);
    if (kind === "paused" || kind === "deleted") this.#watched.delete(change.triggerId);
    else this.#watched.add(change.triggerId);
  }

  #found(lostMs: number): void {
    this.lostAlarms -= 1;
    this.#faults.disturb(lostMs, this.#timeline.nowMs);
  }

  #requestOf(act: Act, requestId: string): OwnerRequest {
    if (act.kind === "ask") return { kind: "ask", requestId };
    if (act.kind === "create") return { ...act, kind: "create", requestId };
    const triggerId = this.triggerIds.get(act.subject);
    if (triggerId === undefined) throw new Error("a trigger that was never made");
    if (act.kind === "update") {
      return { kind: "update", triggerId, trigger: act.trigger, requestId };
    }
    return { kind: act.kind, triggerId, requestId };
  }

  #send(
    request: OwnerRequest,
    object: SimulatedObject<OwnerRequest>,
    attempt: number,
    done: () => void,
  ): void {
    object.send(request, (reply) => {
      if (reply.kind === "ok") return done();
      const why = reply.kind === "refused" ? String(reply.error) : "no answer";
      const mayPass = reply.kind === "broken" || /unavailable|unreachable/.test(why);
      if (mayPass && attempt < maxAttempts) {
        const againMs = this.#timeline.nowMs + this.#random.int(500, 4_000);
        this.#timeline.at(againMs, () => this.#send(request, object, attempt + 1, done));
        return;
      }
      // It fired as often as it may: there is nothing to pause.
      if (why.includes("exhausted")) return;
      this.complaints.push(`${request.kind}: ${why}`);
    });
  }
}
