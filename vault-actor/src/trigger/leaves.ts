/** Every kind of test there is. A kind that is added to the contract fails to compile until it has a row. */
import type { Condition } from "#gen/trigger/v1/condition";
import type { Failure } from "#protocol/failure";
import type { Account } from "#protocol/names";
import type { Result } from "#protocol/result";
import { allocationDrift } from "./leaf/allocation-drift.ts";
import { balance } from "./leaf/balance.ts";
import { chainLog } from "./leaf/chain-log.ts";
import { consecutiveObservations } from "./leaf/consecutive-observations.ts";
import { contractRead } from "./leaf/contract-read.ts";
import { eventMatch } from "./leaf/event-match.ts";
import { gasPrice } from "./leaf/gas-price.ts";
import { healthFactor } from "./leaf/health-factor.ts";
import { schedule } from "./leaf/schedule.ts";
import { signalBand } from "./leaf/signal-band.ts";
import { signalCrossing } from "./leaf/signal-crossing.ts";
import { signalMove } from "./leaf/signal-move.ts";
import { signalThreshold } from "./leaf/signal-threshold.ts";
import { trailingStop } from "./leaf/trailing-stop.ts";
import { windowAverage } from "./leaf/window-average.ts";
import type { CheckContext, Dependency, LeafKind, LeafTest } from "./leaf-kind.ts";

type Test = Condition["test"];
type Branch = "all" | "any" | "not" | "atLeast" | "sequence" | "heldFor";

/** The tests of the contract, as the generated code names them. */
export type LeafCase = Exclude<Test["case"], Branch | undefined>;

type LeafMessage<K extends LeafCase> = Extract<Test, { case: K }>["value"];

const kinds: { readonly [K in LeafCase]: LeafKind<LeafMessage<K>> } = {
  signalThreshold,
  signalBand,
  signalCrossing,
  signalMove,
  trailingStop,
  windowAverage,
  consecutiveObservations,
  eventMatch,
  schedule,
  chainLog,
  contractRead,
  balance,
  allocationDrift,
  healthFactor,
  gasPrice,
};

/** A test together with its kind. */
export type Leaf = {
  readonly shape: "level" | "point";
  readonly check: (context: CheckContext) => Result<void, Failure>;
  readonly depends: (account: Account) => readonly Dependency[];
  readonly maxAgeMs: () => number | undefined;
  readonly compile: (account: Account) => LeafTest;
};

/** The test of a condition. `undefined` when it has children instead, or nothing. */
export function leafOf(condition: Condition): Leaf | undefined {
  const { test } = condition;
  if (test.case === undefined || !(test.case in kinds)) return undefined;
  // Case and value belong together; TypeScript can't follow that through the table.
  const kind = kinds[test.case as LeafCase] as LeafKind<unknown>;
  const { value } = test;
  return {
    shape: kind.shape,
    check: (context) => kind.check(value, context),
    depends: (account) => kind.depends(value, account),
    maxAgeMs: () => kind.maxAgeMs(value),
    compile: (account) => kind.compile(value, account),
  };
}
