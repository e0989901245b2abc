/** What executions ask of others, for tests that have no use for it: nobody approves, no effects. */
import type { ExecutionDeps } from "../../src/execution/advance.ts";

export const executionPorts: Pick<ExecutionDeps, "prices" | "approvals" | "runEffect"> = {
  prices: { read: async () => ({ kind: "ok", value: new Map() }) },
  approvals: {
    request: () => {
      throw new Error("nobody is to be asked");
    },
    stillApproved: () => {
      throw new Error("nobody was asked");
    },
    withdraw: () => {},
  },
  runEffect: () => {
    throw new Error("no effect is to be carried out");
  },
};
