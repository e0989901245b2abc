/** Makes the unsigned user operation of an act: its call data, then deployment, gas, fee. Reads only. */
import type { Outcome } from "../account/node.ts";
import type { Permission, Session } from "../session/session.ts";
import type { PlannedAct } from "./act.ts";
import { type BuiltOperation, operationFor } from "./build-operation.ts";
import type { ChainAccess } from "./chain-access.ts";
import { encodeRedemption } from "./redemption.ts";
import { sessionCallData } from "./session-operation.ts";

/** Builds the unsigned operation that redeems the session's permission for the act's calls. */
export async function buildOperation(
  executionName: string,
  { calls, guards }: Pick<PlannedAct, "calls" | "guards">,
  session: Session & { readonly permission: Permission },
  access: ChainAccess,
  mayPayItself: boolean,
): Promise<Outcome<BuiltOperation>> {
  const { permission } = session;
  const redemption = encodeRedemption(permission, calls);
  const callData = sessionCallData(redemption, guards, access.chain, permission.delegator);
  return operationFor({ executionName, session, callData, mayPayItself }, access);
}
