/**
 * Has the nodes carry out the exact call of an operation, before any key is opened for it.
 *
 * A bundler's estimate is one operator's word; this is that of a quorum. What the session's
 * account will do is called as it will be called then: by the entry point when the account is
 * deployed, else the call that it will make, from its address.
 */
import type { Hex } from "viem";
import { isRevert, type Outcome } from "../account/node.ts";
import { askOperators, gather } from "../account/operators.ts";
import { type ChainAccess, operatorsOf } from "./chain-access.ts";
import { revertReason } from "./revert-reason.ts";
import { decodeExecute, type UserOperation } from "./user-operation.ts";

/** `final` with the contracts' words when a quorum says that it reverts. */
export async function simulate(
  access: Pick<ChainAccess, "chain" | "nodes" | "onDisagreement">,
  operation: Pick<UserOperation, "sender" | "callData">,
  isDeployed: boolean,
): Promise<Outcome<undefined>> {
  const call = callOf(access.chain, operation, isDeployed);
  const answer = await askOperators<(typeof access.nodes)[number], unknown>(
    operatorsOf(access),
    (node) => node<Hex>("eth_call", [call, "latest"]),
    {
      what: "a simulation",
      // Two nodes that are a block apart may return different values of a call that works.
      textOf: () => "works",
      verdictOf: (refusal) => (isRevert(refusal) ? "reverts" : undefined),
    },
  );
  if (answer.kind === "ok") return { kind: "ok", value: undefined };
  if (answer.kind === "retry") return answer;
  return { ...answer, reason: revertReason(answer.reason, answer.data) };
}

/**
 * How much gas the call takes, as the middle of the operators' nodes sees it. It counts the base
 * cost of a transaction too, so it is a little more. `undefined`: less than a quorum says so.
 */
export async function gasOfCall(
  access: Pick<ChainAccess, "chain" | "nodes">,
  operation: Pick<UserOperation, "sender" | "callData">,
  isDeployed: boolean,
): Promise<bigint | undefined> {
  const call = callOf(access.chain, operation, isDeployed);
  const { quorum } = access.chain;
  const { answers } = await gather<(typeof access.nodes)[number], bigint>(
    operatorsOf(access),
    async (node) => {
      const gas = await node<unknown>("eth_estimateGas", [call, "latest"]);
      if (gas.kind !== "ok") return gas;
      if (typeof gas.value === "string" && /^0x[0-9a-f]{1,12}$/i.test(gas.value)) {
        return { kind: "ok", value: BigInt(gas.value) };
      }
      return { kind: "retry", reason: "not an amount of gas" };
    },
  );
  if (answers.length < quorum) return undefined;
  const sorted = [...answers].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function callOf(
  { entryPoint, delegationManager }: ChainAccess["chain"],
  { sender, callData }: Pick<UserOperation, "sender" | "callData">,
  isDeployed: boolean,
): { readonly from: Hex; readonly to: Hex; readonly data: Hex } {
  if (isDeployed) return { from: entryPoint, to: sender, data: callData };
  const calls = decodeExecute(callData);
  // Guards look at what is around a redemption, so they can't be carried out alone.
  const call = calls.find(({ target }) => target === delegationManager) ?? calls[0];
  const { target, data } = call ?? { target: sender, data: "0x" };
  return { from: sender, to: target, data };
}
