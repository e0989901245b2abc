/** One run: a script is drawn from a seed, played against the real modules, and judged. */
import { audit } from "./audit.ts";
import { calmOf, type Finding, recoveryMs, type Span, watchedOf } from "./history.ts";
import { checkLooks } from "./liveness.ts";
import { SimulatedClock } from "./platform/clock.ts";
import { Faults } from "./platform/faults.ts";
import { SimulatedObject } from "./platform/object.ts";
import { SimulatedStorage } from "./platform/storage.ts";
import { Timeline } from "./platform/timeline.ts";
import { Random } from "./random.ts";
import { drawScript, foundAfterMs, type Script } from "./script/script.ts";
import { Trace } from "./trace.ts";
import { prepareVault } from "./vault/base.ts";
import { type Modules, realModules, startLife } from "./vault/life.ts";
import { Owner, type OwnerRequest } from "./vault/owner.ts";
import { emptyRecord } from "./vault/record.ts";

/** How long a run goes on when all is well again. */
const restMs = 75_000;

/** What came of a run. */
export type RunResult = {
  readonly seed: number;
  readonly findings: readonly Finding[];
  readonly looks: number;
  readonly firings: number;
};

/** A place to run in: one database, used for one run after the other. */
export function createRunner(modules: Modules = realModules) {
  const storage = new SimulatedStorage(prepareVault);
  return async (seed: number, print?: (line: string) => void): Promise<RunResult> => {
    try {
      return await play(seed, storage, modules, print);
    } finally {
      storage.reset();
    }
  };
}

async function play(
  seed: number,
  storage: SimulatedStorage,
  modules: Modules,
  print: ((line: string) => void) | undefined,
): Promise<RunResult> {
  const random = new Random(seed);
  const script = drawScript(random.fork());
  const { startMs, feed, chain, subjects } = script;
  const timeline = new Timeline(startMs);
  const trace = new Trace(timeline, print);
  const clock = new SimulatedClock(timeline);
  const faults = new Faults(script.faults, random.fork());
  const owner = new Owner(timeline, random.fork(), trace, faults);
  const record = emptyRecord();
  let ids = 0;
  const around = {
    feed: { feed, faults, trueMs: () => timeline.nowMs },
    chain,
    record,
    random: random.fork(),
    newId: () => `n${ids++}`,
    executionMs: script.executionMs,
    changed: owner.kept.bind(owner),
    note: (what: string) => trace.note(what),
  };
  const object = new SimulatedObject<OwnerRequest>({
    timeline,
    clock,
    storage,
    faults,
    trace,
    start: (door) => startLife(around, door, modules),
  });
  for (const [i, { words }] of subjects.entries()) print?.(`trigger ${i}: ${words}`);
  owner.start(script.acts, object);
  strike(script, timeline, clock, faults, object, trace);

  const findings: Finding[] = [];
  let asleep = false;
  const isAwake = () =>
    subjects.some(
      ({ wakes }, i) => wakes !== "not always" && owner.watched.has(owner.triggerIds.get(i) ?? ""),
    );
  const turned = () => {
    object.endTurn();
    if (asleep || !isAwake() || owner.lostAlarms > 0) return;
    if (object.slot.isRunning || object.slot.next() !== undefined) return;
    asleep = true;
    findings.push({ kind: "stuck", words: `no alarm at ${trace.time(timeline.nowMs)}` });
  };
  await timeline.runUntil(script.calmFromMs, turned);
  let endMs = script.calmFromMs;
  // What went wrong last may still be felt, and may be felt anew on the way.
  for (
    let toMs = restedMs(faults, script.calmFromMs - recoveryMs);
    toMs > endMs;
    toMs = Math.min(script.endMs, restedMs(faults, script.calmFromMs - recoveryMs))
  ) {
    endMs = toMs;
    await timeline.runUntil(endMs, turned);
  }

  const run = { fromMs: startMs, toMs: endMs };
  const calm = calmOf(faults.disturbances, run);
  const ends = new Map(
    [...record.effects].map(([of, times]) => [of.slice(of.lastIndexOf("/") + 1), times[0] ?? 0]),
  );
  const endOf = (firingId: string) => ends.get(firingId) ?? Number.POSITIVE_INFINITY;
  const histories = subjects.map(({ wakes, judge }, i) => {
    const triggerId = owner.triggerIds.get(i);
    const changes = owner.changes.filter((change) => change.triggerId === triggerId);
    const watched = watchedOf(changes, endMs);
    const firings = record.firings.filter((firing) => firing.triggerId === triggerId);
    return {
      wakes,
      watched,
      judge,
      history: { watched, looks: record.looks, firings, feed, chain, calm, clock, endOf },
    };
  });
  for (const [i, { judge, history }] of histories.entries()) {
    for (const one of judge(history))
      findings.push({ ...one, words: `trigger ${i}: ${one.words}` });
  }
  const reading: readonly Span[] = histories.flatMap((one) =>
    one.wakes === "rounds" ? one.watched : [],
  );
  findings.push(...checkLooks(feed, record.looks, calm, reading));
  const db = storage.open();
  const made = owner.changes.filter(({ kind }) => kind === "created").length;
  const gone = owner.changes.filter(({ kind }) => kind === "deleted").length;
  findings.push(...audit(db, record, made - gone, endMs - script.executionMs - 70_000));
  if (object.abandoned > 0)
    findings.push({ kind: "stuck", words: "the platform gave an alarm up" });
  for (const words of owner.complaints) findings.push({ kind: "stuck", words });
  for (const fault of record.faults) {
    if (!String(fault).includes("unreachable")) findings.push({ kind: "stuck", words: `${fault}` });
  }
  for (const { kind, words } of findings) print?.(`${kind}: ${words}`);
  return { seed, findings, looks: record.looks.length, firings: record.firings.length };
}

/** When all is well again, and has been for a while. */
function restedMs({ disturbances }: Faults, startMs: number): number {
  return Math.max(startMs, ...disturbances.map(({ toMs }) => toMs)) + recoveryMs + restMs;
}

/** Has the blows of a script fall when it is time. */
function strike(
  script: Script,
  timeline: Timeline,
  clock: SimulatedClock,
  faults: Faults,
  object: SimulatedObject<OwnerRequest>,
  trace: Trace,
): void {
  const stepClock = (byMs: number) => {
    clock.step(byMs);
    // What was put off by a clock that was ahead waits as long when it is set back.
    faults.disturb(timeline.nowMs, timeline.nowMs + clock.backMs);
    object.rearm();
  };
  for (const blow of script.faults.blows) {
    timeline.at(blow.atMs, () => {
      switch (blow.kind) {
        case "evict":
          faults.disturb(blow.atMs);
          return object.evict();
        case "clock":
          trace.note(`the clock is wrong by ${blow.byMs} ms`);
          faults.disturb(blow.atMs, blow.atMs + blow.forMs);
          stepClock(blow.byMs);
          return timeline.at(blow.atMs + blow.forMs, () => stepClock(-blow.byMs));
        case "outage":
          trace.note(`nothing is delivered for ${blow.forMs} ms`);
          return faults.disturb(blow.atMs, blow.atMs + blow.forMs);
        case "lost-alarm":
          trace.note("the platform loses the alarm");
          faults.disturb(blow.atMs, blow.atMs + foundAfterMs);
          object.slot.lose();
          return object.rearm();
        default:
      }
    });
  }
}
