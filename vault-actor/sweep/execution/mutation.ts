/** How the code is broken, for a test of the sweep itself. */
import type { ChainConfig } from "../../src/account/chain-config.ts";
import type { UserOperation } from "../../src/execution/user-operation.ts";
import type { Database } from "../../src/storage/database.ts";

/** What is wrong with the code of a run. Nothing, where it is empty. */
export type Mutation = {
  /** Makes what it writes and reads go wrong. */
  readonly database?: (db: Database) => Database;
  /** What it takes the chain for. */
  readonly chain?: (config: ChainConfig) => ChainConfig;
  /** What it sends in the place of an operation, the how many-th of the run. */
  readonly sent?: (operation: UserOperation, count: number) => UserOperation;
};
