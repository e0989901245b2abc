/** What happens to a vault from outside in a run: its callers, its owners, a thief, the chain. */
import { revokeKey } from "../../src/identity/key-store.ts";
import { writeFreeze } from "../../src/identity/vault-store.ts";
import { revokeSession } from "../../src/session/store.ts";
import type { Database } from "../../src/storage/database.ts";
import type { Timeline } from "../platform/timeline.ts";
import type { Random } from "../random.ts";
import { keyId } from "../vault/base.ts";
import type { Acts } from "./acts.ts";
import { sending, sessionId } from "./base.ts";
import type { Books } from "./books.ts";
import type { ModelBundlers } from "./bundlers.ts";
import type { ModelChain } from "./chain.ts";
import type { drawFaults } from "./faults.ts";
import type { ExecutionLife } from "./vault.ts";

/** The run that they act in. */
export type Surroundings = {
  readonly random: Random;
  readonly timeline: Timeline;
  readonly books: Books;
  readonly chain: ModelChain;
  readonly bundlers: ModelBundlers;
  readonly confirmations: number;
  readonly faults: () => ReturnType<typeof drawFaults>;
  /** The vault's present life: a new one when the last has ended. */
  readonly life: () => ExecutionLife;
  /** What that life reads and writes. */
  readonly database: () => Database | undefined;
  /** Runs when what this turn wrote is kept. */
  readonly whenKept: (run: () => void) => void;
  readonly die: (words: string) => void;
  readonly note: (words: string) => void;
  readonly loseKeys: () => void;
};

/** All that they do. */
export function actsOf(around: Surroundings): Acts {
  const { random, timeline, books, chain, bundlers, note } = around;

  const write = (words: string, body: (db: Database, nowMs: number) => void) => {
    note(words);
    // Through the life's own database, so that nothing it remembers is stale.
    around.life();
    const db = around.database();
    if (db !== undefined) body(db, timeline.nowMs);
  };

  return {
    submit() {
      const wei = random.int(10, 60);
      const mostMs = random.chance(0.05) ? 3_600_000 : 300_000;
      const expireMs = timeline.nowMs + random.pick([5_000, 60_000, mostMs]);
      const executionId = around.life().accept(sending(wei, expireMs));
      around.whenKept(() => {
        books.accept(executionId, wei);
        note(`${executionId} shall send ${wei}`);
      });
    },

    cancel() {
      const { accepted } = books;
      if (accepted.length === 0) return;
      const { executionId } = random.pick(accepted);
      note(`${executionId} is cancelled`);
      around.life().cancel(executionId);
    },

    freeze() {
      write("frozen", (db, nowMs) => writeFreeze(db, { by: "k1", reason: "", atMs: nowMs }));
      if (random.chance(0.5)) return;
      timeline.at(timeline.nowMs + random.int(1_000, 300_000), () =>
        write("thawed", (db) => writeFreeze(db, undefined)),
      );
    },

    reorganise() {
      const depth = random.int(1, Math.min(10, around.confirmations));
      note(`the last ${depth} blocks are others`);
      for (const known of chain.reorganise(depth)) {
        if (random.chance(0.7)) bundlers.include(known, around.faults());
      }
    },

    /** Somebody has the session's key, and uses the nonce of an execution. */
    steal() {
      const { accepted } = books;
      if (accepted.length === 0) return;
      const { executionId } = random.pick(accepted);
      note(`a thief acts as ${executionId}`);
      chain.queue(books.steal(executionId), chain.head + 1);
    },

    deploy() {
      chain.deployedFrom ??= chain.head;
    },
    evict: () => around.die("evicted"),
    forget: () => bundlers.forget(),
    revokeKey: () => write("the key is revoked", (db, nowMs) => revokeKey(db, keyId, nowMs)),
    revokeSession: () => write("the session is revoked", (db) => revokeSession(db, sessionId)),
    destroyKeys: () => write("the keys are gone", around.loseKeys),
  };
}
