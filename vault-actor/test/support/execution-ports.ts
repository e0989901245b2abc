/** What tests of executions have no use for. */
import type { ExecutionDeps } from "../../src/execution/advance.ts";

/** For whom no approval is to be asked about. */
export function nobodyApproved(): never {
  throw new Error("nobody was asked");
}

/** What executions ask of others, for tests that have no use for it: nobody approves, no effects. */
export const executionPorts: Pick<ExecutionDeps, "prices" | "approvals" | "runEffect"> = {
  prices: { read: async () => ({ kind: "ok", value: new Map() }) },
  approvals: {
    request: () => {
      throw new Error("nobody is to be asked");
    },
    stillApproved: nobodyApproved,
    withdraw: () => {},
  },
  runEffect: () => {
    throw new Error("no effect is to be carried out");
  },
};
