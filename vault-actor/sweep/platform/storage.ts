/**
 * The storage of a simulated object: what a turn writes is kept or lost as a whole, as the
 * platform's write coalescing has it.
 */
import { DatabaseSync } from "node:sqlite";
import type { Database } from "../../src/storage/database.ts";
import { nodeDatabase } from "../../test/support/node-database.ts";

/** The storage of one object. It is used for one run after the other. */
export class SimulatedStorage {
  readonly #handle = new DatabaseSync(":memory:");
  readonly #begin = this.#handle.prepare("SAVEPOINT turn");
  readonly #release = this.#handle.prepare("RELEASE turn");
  readonly #rollback = this.#handle.prepare("ROLLBACK TO turn");

  /** `prepare` writes what every run finds. */
  constructor(prepare: (db: Database) => void) {
    prepare(this.open());
    this.#handle.exec("SAVEPOINT run");
  }

  /** The database as a new incarnation finds it: nothing of it is remembered. */
  open(): Database {
    return nodeDatabase(this.#handle);
  }

  beginTurn(): void {
    this.#begin.run();
  }

  keepTurn(): void {
    this.#release.run();
  }

  loseTurn(): void {
    this.#rollback.run();
    this.#release.run();
  }

  /** Takes back everything since it was prepared. */
  reset(): void {
    this.#handle.exec("ROLLBACK TO run");
  }
}
