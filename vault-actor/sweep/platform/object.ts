/**
 * A Durable Object, simulated: one thread, turns that are written as a whole, one alarm, and a
 * life that ends at any await.
 *
 * A life that ended is never resumed: what it waits for does not come. The storage and the alarm
 * are all that the next life finds.
 */
import type { Alarm } from "../../src/scheduler/arming.ts";
import type { Database } from "../../src/storage/database.ts";
import type { Trace } from "../trace.ts";
import { type AlarmRun, AlarmSlot } from "./alarm-slot.ts";
import type { SimulatedClock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { SimulatedStorage } from "./storage.ts";
import type { Timeline } from "./timeline.ts";

/** What a life gets from the platform. */
export type Door = {
  readonly db: Database;
  readonly alarm: Alarm;
  readonly now: () => number;
  /** Asks the outside: what `answer` says now comes later, or never, or fails. */
  readonly call: <T>(what: string, answer: () => T, timeoutMs?: number) => Promise<T>;
  /** Runs something later, unless the returned function is called, or the life ends, before. */
  readonly timer: (ms: number, run: () => void) => () => void;
  /** The number of this turn. */
  readonly turn: () => number;
  /** Runs when what this turn wrote is kept. */
  readonly whenKept: (run: () => void) => void;
};

/** One life of the object. */
export type Life<R> = {
  readonly alarm: (run: AlarmRun) => Promise<void>;
  readonly request: (request: R) => Promise<void>;
};

/** What became of a request, as who sent it sees it. `broken`: nobody knows. */
export type Reply =
  | { readonly kind: "ok" | "broken" }
  | { readonly kind: "refused"; error: unknown };

/** What an object is made of. */
export type ObjectParts<R> = {
  readonly timeline: Timeline;
  readonly clock: SimulatedClock;
  readonly storage: SimulatedStorage;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly start: (door: Door) => Life<R>;
};

/** How long an idle object stays in memory. */
const idleMs = 70_000;

export class SimulatedObject<R> {
  readonly slot = new AlarmSlot();
  /** How often the platform gave the alarm up. */
  abandoned = 0;
  readonly #parts: ObjectParts<R>;
  #life: Life<R> | undefined;
  #epoch = 0;
  #usedMs = 0;
  #turn = 0;
  #kept: (() => void)[] = [];
  /** What leaves the object at the end of the turn, if it lives on. */
  #told: (() => void)[] = [];
  /** What waits for an answer of this life, to be told when it ends. */
  #open = new Set<(reply: Reply) => void>();
  #delivery: object | undefined;

  constructor(parts: ObjectParts<R>) {
    this.#parts = parts;
    parts.storage.beginTurn();
  }

  /** Sends a request. `answered` hears of it once. */
  send(request: R, answered: (reply: Reply) => void): void {
    const { timeline, faults } = this.#parts;
    const atMs = faults.outageUntil(timeline.nowMs);
    if (atMs > timeline.nowMs) {
      timeline.at(atMs, () => this.send(request, answered));
      return;
    }
    const life = this.#alive();
    const epoch = this.#epoch;
    this.#open.add(answered);
    const settle = (reply: Reply) => {
      if (epoch !== this.#epoch) return;
      this.#told.push(() => {
        if (this.#open.delete(answered)) answered(reply);
      });
    };
    life.request(request).then(
      () => settle({ kind: "ok" }),
      (error: unknown) => settle({ kind: "refused", error }),
    );
  }

  /** Ends the life, between turns. */
  evict(): void {
    this.#parts.trace.note("evicted");
    this.#die();
    this.#arm();
  }

  /** The alarm is set anew in the platform's view: the clock was set, or it was lost. */
  rearm(): void {
    this.#arm();
  }

  /** Ends a turn: what it wrote is kept, or the life ends with it or after it. */
  endTurn(): void {
    const { storage, timeline, trace, faults } = this.#parts;
    const fate = this.#life === undefined ? undefined : faults.afterTurn(timeline.nowMs);
    const [kept, told] = [this.#kept, this.#told];
    [this.#kept, this.#told] = [[], []];
    if (fate === "lose") {
      storage.loseTurn();
      this.slot.loseTurn();
    } else {
      storage.keepTurn();
      this.slot.keepTurn();
      for (const run of kept) run();
    }
    if (fate !== undefined) {
      trace.note(`killed; what the turn wrote is ${fate === "lose" ? "lost" : "kept"}`);
      faults.disturb(timeline.nowMs);
      // What is not even written is the platform's fault; the rest may be the object's own.
      this.#die(fate === "keep");
    } else for (const run of told) run();
    this.#turn += 1;
    storage.beginTurn();
    this.#arm();
  }

  #alive(): Life<R> {
    const { timeline, trace } = this.#parts;
    const idle = this.#open.size === 0 && !this.slot.isRunning;
    if (this.#life !== undefined && idle && timeline.nowMs - this.#usedMs > idleMs) {
      trace.note("evicted, for nobody used it");
      this.#die();
    }
    this.#usedMs = timeline.nowMs;
    this.#life ??= this.#parts.start(this.#door());
    return this.#life;
  }

  #die(isOwnFault = false): void {
    const { timeline } = this.#parts;
    this.#life = undefined;
    this.#epoch += 1;
    const open = [...this.#open];
    this.#open.clear();
    for (const answered of open) answered({ kind: "broken" });
    if (this.slot.isRunning) this.#retryLater(timeline.nowMs, isOwnFault);
  }

  #retryLater(nowMs: number, isOwnFault: boolean): void {
    const { clock, faults, trace } = this.#parts;
    const atMs = this.slot.die(nowMs, clock.now(), isOwnFault);
    if (atMs === undefined) {
      this.abandoned += 1;
      trace.note("the platform gives the alarm up");
    } else faults.disturb(nowMs, atMs);
  }

  #arm(): void {
    const { timeline, clock, faults } = this.#parts;
    const next = this.slot.next();
    if (next === undefined) {
      this.#delivery = undefined;
      this.#armed = undefined;
      return;
    }
    const dueMs = "retryMs" in next ? next.retryMs : clock.trueMs(next.atMs);
    if (this.#delivery !== undefined && this.#armed === dueMs) return;
    const token = {};
    this.#delivery = token;
    this.#armed = dueMs;
    const fromMs = Math.max(dueMs, timeline.nowMs);
    const wait = (atMs: number) =>
      timeline.at(atMs, () => {
        if (this.#delivery !== token) return;
        const untilMs = faults.outageUntil(timeline.nowMs);
        if (untilMs > timeline.nowMs) wait(untilMs);
        else this.#deliver(false);
      });
    wait(fromMs + 1 + faults.lateness(timeline.nowMs, fromMs));
  }
  #armed: number | undefined;

  #deliver(extra: boolean): void {
    const { timeline, faults, trace } = this.#parts;
    this.#delivery = undefined;
    const life = this.#alive();
    const run = this.slot.start(extra);
    const epoch = this.#epoch;
    trace.note(
      `alarm${run.retryCount > 0 ? `, retry ${run.retryCount}` : ""}${extra ? ", once more" : ""}`,
    );
    life.alarm(run).then(
      () => {
        if (epoch !== this.#epoch) return;
        this.#told.push(() => {
          this.slot.end();
          if (extra || !faults.repeats(timeline.nowMs)) return;
          timeline.at(timeline.nowMs + 20, () => {
            if (!this.slot.isRunning) this.#deliver(true);
          });
        });
      },
      (fault: unknown) => {
        if (epoch !== this.#epoch) return;
        trace.note(`the alarm threw: ${fault}`);
        this.#told.push(() => {
          this.#retryLater(timeline.nowMs, true);
        });
      },
    );
  }

  #door(): Door {
    const { storage, timeline, clock, faults, trace } = this.#parts;
    const epoch = this.#epoch;
    const call = <T>(what: string, answer: () => T, timeoutMs = Number.POSITIVE_INFINITY) => {
      const fate = faults.ofCall(timeline.nowMs);
      const fails = fate.fails || fate.delayMs > timeoutMs;
      const delayMs = Math.min(fate.delayMs, timeoutMs);
      const value = fails ? undefined : answer();
      return new Promise<T>((resolve, reject) => {
        timeline.at(timeline.nowMs + delayMs, () => {
          if (epoch !== this.#epoch) return;
          trace.note(`${what} ${fails ? "fails" : "answers"} after ${delayMs} ms`);
          if (fails) reject(new Error("unreachable"));
          else resolve(value as T);
        });
      });
    };
    return {
      db: this.#transactional(storage.open()),
      alarm: {
        get: () => call("getAlarm", () => this.slot.get()),
        set: (atMs) => {
          trace.note(`setAlarm ${trace.time(clock.trueMs(atMs))}`);
          this.slot.set(atMs);
        },
      },
      now: () => clock.now(),
      call,
      timer: (ms, run) => {
        let isOff = false;
        timeline.at(timeline.nowMs + ms, () => {
          if (!isOff && epoch === this.#epoch) run();
        });
        return () => {
          isOff = true;
        };
      },
      turn: () => this.#turn,
      whenKept: (run) => void this.#kept.push(run),
    };
  }

  /** The alarm is a part of the storage: a transaction that is taken back takes it back too. */
  #transactional(db: Database): Database {
    const transaction = <T>(body: () => T): T => {
      const undo = this.slot.mark();
      try {
        return db.transaction(body);
      } catch (error) {
        undo();
        throw error;
      }
    };
    return Object.assign(Object.create(db) as Database, { transaction });
  }
}
