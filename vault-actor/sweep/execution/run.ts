/** One run of executions: drawn from a seed, played against the real code, and judged. */
import type { UserOperation } from "../../src/execution/user-operation.ts";
import type { Database } from "../../src/storage/database.ts";
import type { Finding } from "../history.ts";
import { SimulatedStorage } from "../platform/storage.ts";
import { type Entry, Timeline } from "../platform/timeline.ts";
import { Random } from "../random.ts";
import { startMs } from "../vault/base.ts";
import { drawActs } from "./acts.ts";
import { checkEnd, checkNow } from "./audit.ts";
import { modelChain, permissionEndMs, prepareExecutions } from "./base.ts";
import { Books, doesNothing } from "./books.ts";
import { ModelBundlers } from "./bundlers.ts";
import { ModelChain } from "./chain.ts";
import { drawFaults, drawStormMs, noFaults } from "./faults.ts";
import type { Mutation } from "./mutation.ts";
import { ModelNodes } from "./nodes.ts";
import { actsOf } from "./people.ts";
import { type ExecutionLife, startLife } from "./vault.ts";

/** What came of a run. */
export type ExecutionResult = {
  readonly seed: number;
  readonly findings: readonly Finding[];
  readonly accepted: number;
  readonly landed: number;
};

/** How long it may take until everything has ended after all is well. */
const restMs = 4 * 3_600_000;

/**
 * A place to run in: one database, used for one run after the other. `mutate` breaks the code of
 * a run.
 */
export function createExecutionRunner(mutate: () => Mutation = () => ({})) {
  const storage = new SimulatedStorage(prepareExecutions);
  return async (seed: number, print?: (line: string) => void): Promise<ExecutionResult> => {
    const run = new Run(seed, storage, mutate(), print);
    // The time of the code's own timers is the model's too.
    const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
    Object.assign(globalThis, run.timers);
    try {
      return await run.play();
    } finally {
      Object.assign(globalThis, real);
      storage.reset();
    }
  };
}

class Run {
  readonly #seed: number;
  readonly #storage: SimulatedStorage;
  readonly #mutation: Mutation;
  readonly #print: ((line: string) => void) | undefined;
  readonly #random: Random;
  readonly #timeline = new Timeline(startMs);
  readonly #faultsDrawn: ReturnType<typeof drawFaults>;
  readonly #calmMs: number;
  readonly #config;
  readonly #chain: ModelChain;
  readonly #nodes: ModelNodes;
  readonly #bundlers: ModelBundlers;
  readonly #books = new Books();
  readonly #findings: Finding[] = [];
  #life: ExecutionLife | undefined;
  #db: Database | undefined;
  #checked = "";
  #epoch = 0;
  #hasKeys = true;
  #ids = 0;
  #sends = 0;
  #wakeMs: number | undefined;
  /** Calls of this turn: they leave when what the turn wrote is kept. */
  #outbox: (() => void)[] = [];
  /** What happens to the run's own books when a turn is kept. */
  #whenKept: (() => void)[] = [];

  constructor(
    seed: number,
    storage: SimulatedStorage,
    mutation: Mutation,
    print: ((line: string) => void) | undefined,
  ) {
    this.#mutation = mutation;
    this.#seed = seed;
    this.#storage = storage;
    this.#print = print;
    this.#random = new Random(seed);
    this.#faultsDrawn = drawFaults(this.#random);
    this.#calmMs = startMs + drawStormMs(this.#random);
    this.#config = modelChain(this.#random.int(1, 12));
    const faults = () => this.#faults();
    this.#chain = new ModelChain({
      startMs,
      blockTimeMs: this.#config.blockTimeMs,
      random: this.#random,
      succeeds: (operation, blockMs) =>
        operation.callData === doesNothing ||
        (blockMs < permissionEndMs && !this.#random.chance(faults().reverts)),
    });
    if (this.#random.chance(0.7)) this.#chain.deployedFrom = 0;
    this.#nodes = new ModelNodes(this.#chain, this.#config.entryPoint, this.#random, faults);
    const hashOf = (operation: UserOperation) => this.#books.hashOf(operation);
    this.#bundlers = new ModelBundlers(this.#chain, this.#random, faults, hashOf);
  }

  readonly timers = {
    setTimeout: (run: () => void, ms: number) => {
      const epoch = this.#epoch;
      return this.#timeline.at(this.#timeline.nowMs + ms, () => {
        // A timer dies with the life that set it.
        if (epoch === this.#epoch) run();
      });
    },
    clearTimeout: (timer: Entry | undefined) => {
      if (timer !== undefined) timer.isOff = true;
    },
  };

  async play(): Promise<ExecutionResult> {
    this.#storage.beginTurn();
    this.#drawActs();
    const turned = () => this.#endTurn();
    await this.#timeline.runUntil(this.#calmMs, turned);
    this.#note("all is well from here on");
    this.#chain.advance(this.#timeline.nowMs);
    this.#bundlers.forget();
    this.#wake(this.#timeline.nowMs);
    await this.#timeline.runUntil(this.#calmMs + restMs, turned);
    this.#chain.advance(this.#timeline.nowMs);
    const db = this.#storage.open();
    const { accepted, effects } = this.#books;
    this.#findings.push(...checkEnd(db, accepted, this.#chain.landed, effects));
    for (const { kind, words } of this.#findings) this.#print?.(`${kind}: ${words}`);
    return {
      seed: this.#seed,
      findings: this.#findings.slice(0, 20),
      accepted: accepted.length,
      landed: this.#chain.landed.length,
    };
  }

  #faults() {
    return this.#timeline.nowMs < this.#calmMs ? this.#faultsDrawn : noFaults;
  }

  #note(words: string): void {
    this.#print?.(`${((this.#timeline.nowMs - startMs) / 1000).toFixed(3)} s: ${words}`);
  }

  /** What people, the chain and its users do from now until all is well. */
  #drawActs(): void {
    const acts = actsOf({
      random: this.#random,
      timeline: this.#timeline,
      books: this.#books,
      chain: this.#chain,
      bundlers: this.#bundlers,
      confirmations: this.#config.confirmations,
      faults: () => this.#faults(),
      life: () => this.#alive(),
      database: () => this.#db,
      whenKept: (run) => void this.#whenKept.push(run),
      die: (words) => this.#die(words),
      note: (words) => this.#note(words),
      loseKeys: () => {
        this.#hasKeys = false;
      },
    });
    drawActs(this.#random, acts, (act) =>
      this.#timeline.at(this.#random.int(startMs, this.#calmMs), () => {
        this.#chain.advance(this.#timeline.nowMs);
        act();
      }),
    );
  }

  #alive(): ExecutionLife {
    if (this.#life !== undefined) return this.#life;
    const epoch = this.#epoch;
    const { database = (db) => db, chain = (config) => config } = this.#mutation;
    const db = database(this.#storage.open());
    this.#db = db;
    this.#life = startLife({
      db,
      chain: chain(this.#config),
      now: () => this.#timeline.nowMs,
      ask: (endpoint, method, params) => this.#ask(epoch, endpoint, method, params),
      hashOf: (operation) => this.#books.hashOf(operation),
      hasKeys: () => this.#hasKeys,
      newId: () => `e${this.#ids++}`,
      onFault: (fault) => {
        // Who destroyed the keys: what is planned lapses.
        if (!this.#hasKeys) return;
        this.#findings.push({ kind: "stuck", words: `thrown: ${fault}` });
      },
    });
    return this.#life;
  }

  #ask<T>(epoch: number, endpoint: string, method: string, params: readonly unknown[]): Promise<T> {
    return new Promise((resolve) => {
      this.#outbox.push(() => {
        const answer = this.#answer(endpoint, method, params) as T;
        const isSlow = this.#random.chance(this.#faults().slow);
        const run = () => {
          if (epoch === this.#epoch) resolve(answer);
        };
        if (isSlow) this.#timeline.at(this.#timeline.nowMs + this.#random.int(1, 8_000), run);
        else this.#ready.push(run);
      });
    });
  }

  /** Answers that come at once, together. */
  readonly #ready: (() => void)[] = [];

  #answer(endpoint: string, method: string, params: readonly unknown[]): unknown {
    this.#chain.advance(this.#timeline.nowMs);
    if (endpoint === "notary") return !this.#random.chance(this.#faults().notaryFails);
    const which = Number(endpoint.at(-1));
    if (endpoint.startsWith("node")) return this.#nodes.answer(which, method, params);
    if (method !== "eth_sendUserOperation") return this.#bundlers.answer(which, method, params);
    const { sent = (operation) => operation } = this.#mutation;
    const operation = sent(params[0] as UserOperation, this.#sends++);
    const answer = this.#bundlers.answer(which, method, [operation]);
    const { nonce, callData } = operation;
    const what = callData === doesNothing ? "void" : "act";
    const of = this.#books.executionOf(nonce);
    this.#note(`${endpoint} gets the ${what} of ${of}: ${answer.kind}`);
    return answer;
  }

  #endTurn(): void {
    const faults = this.#faults();
    const [outbox, kept] = [this.#outbox, this.#whenKept];
    [this.#outbox, this.#whenKept] = [[], []];
    const dies = this.#life !== undefined && this.#random.chance(faults.kill);
    if (dies && this.#random.chance(faults.lose)) {
      this.#storage.loseTurn();
      this.#die("killed, and the turn is lost");
    } else {
      this.#storage.keepTurn();
      for (const run of kept) run();
      // What leaves has its effect, even if nobody is there for the answer.
      for (const send of outbox) send();
      if (dies) this.#die("killed");
      this.#checkNow();
    }
    this.#storage.beginTurn();
    if (this.#ready.length > 0) {
      const ready = this.#ready.splice(0);
      this.#timeline.at(this.#timeline.nowMs, () => {
        for (const run of ready) run();
      });
    }
    this.#arm();
  }

  /** What holds at every moment, looked at when something changed. */
  #checkNow(): void {
    const { landed } = this.#chain;
    const seen = `${this.#epoch} ${this.#db?.generation} ${landed.map(({ hash }) => hash)}`;
    if (this.#db === undefined || seen === this.#checked || this.#findings.length > 20) return;
    this.#checked = seen;
    // What a dead life remembers may have been lost.
    const db = this.#storage.open();
    this.#findings.push(...checkNow(db, landed, this.#books.effects, this.#timeline.nowMs));
  }

  #die(words: string): void {
    if (this.#life === undefined) return;
    this.#note(words);
    this.#life = undefined;
    this.#epoch += 1;
    this.#ready.length = 0;
    // The platform repeats an alarm whose run died.
    this.#wake(this.#timeline.nowMs + this.#random.int(0, 2_000));
  }

  /** Sets the alarm for what is due next. */
  #arm(): void {
    const dueMs = this.#life?.nextMs();
    if (dueMs !== undefined) this.#wake(Math.max(dueMs, this.#timeline.nowMs));
  }

  #wake(atMs: number): void {
    if (this.#wakeMs !== undefined && this.#wakeMs <= atMs) return;
    this.#wakeMs = atMs;
    this.#timeline.at(atMs, () => {
      if (this.#wakeMs === atMs) this.#wakeMs = undefined;
      this.#alive().tick(this.#random.chance(this.#faults().twice));
    });
  }
}
