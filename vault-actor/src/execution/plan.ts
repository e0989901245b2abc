/** Makes the unsigned user operation of an act: its call data, then deployment, gas, fee. Reads only. */
import type { Outcome } from "../account/node.ts";
import type { Permission, Session } from "../session/session.ts";
import type { PlannedAct } from "./act.ts";
import { type BuiltOperation, type OperationRequest, operationFor } from "./build-operation.ts";
import type { ChainAccess } from "./chain-access.ts";
import { sessionCallData } from "./session-operation.ts";

/** Builds the unsigned operation that redeems the session's permission for the act's calls. */
export async function buildOperation(
  executionName: string,
  { calls, guards }: Pick<PlannedAct, "calls" | "guards">,
  session: Session & { readonly permission: Permission },
  access: ChainAccess,
  more: Pick<OperationRequest, "mayPayItself" | "standing">,
): Promise<Outcome<BuiltOperation>> {
  const callData = sessionCallData(session.permission, calls, guards, access.chain);
  return operationFor({ executionName, session, callData, ...more }, access);
}
