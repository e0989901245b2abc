/** Previews conditions; lists, shows and replays firings. */
import { equals } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { EvaluationSchema, type Firing } from "#gen/trigger/v1/firing";
import type { TriggerService } from "#gen/trigger/v1/trigger_service";
import { refuse } from "#protocol/failure";
import { idOf } from "#protocol/names";
import type { Chains } from "../account/chain-config.ts";
import type { SignalClient } from "../signal/client.ts";
import type { Database } from "../storage/database.ts";
import { checkCondition } from "../trigger/check.ts";
import { compile } from "../trigger/compile.ts";
import { evaluate } from "../trigger/evaluate.ts";
import { listFirings, readFiring } from "../trigger/firing-store.ts";
import { toEvaluation } from "../trigger/outcome.ts";
import { recordInputs, viewOf } from "../trigger/record.ts";
import { emptyWorld } from "../trigger/view.ts";
import type { Call } from "./call.ts";
import { accountOf, callOf, notFound, orThrow, ownName } from "./context.ts";
import { nextPageToken, parsePage } from "./page.ts";

type Methods = "previewTrigger" | "getFiring" | "listFirings" | "replayFiring";

/** The methods of firings. */
export function firingMethods(deps: {
  readonly db: Database;
  readonly signals: SignalClient;
  readonly chains: Chains;
}): Pick<ServiceImpl<typeof TriggerService>, Methods> {
  const { db } = deps;

  const firingOf = (call: Call, name: string): Firing => {
    const firingId = ownName(call, name);
    const firing = readFiring(db, idOf(name.slice(0, name.lastIndexOf("/firings/"))), firingId);
    if (firing === undefined) return orThrow(notFound(name));
    return firing;
  };

  return {
    async previewTrigger(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const { condition } = request;
      if (condition === undefined) throw new Error("validated");
      const pulled = await deps.signals.pull();
      if (pulled.kind === "retry") {
        return orThrow(refuse("SIGNALS_UNAVAILABLE", "the signals service does not answer"));
      }
      const account = accountOf(call);
      const { nowMs } = call;
      const { series } = pulled.world;
      const against = { path: "condition", series, chains: deps.chains, account, nowMs };
      orThrow(checkCondition(condition, against));
      const node = compile(condition, account);
      const own = { spent: new Set<string>(), activeMs: nowMs, busy: false };
      const view = { ...emptyWorld(nowMs), ...pulled.world, nowMs, ...own };
      const { outcome } = evaluate(node, view, {});
      return { evaluation: toEvaluation(outcome), inputs: recordInputs(node, view, {}) };
    },

    getFiring(request, context) {
      return { firing: firingOf(callOf(context), request.name) };
    },

    listFirings(request, context) {
      const call = callOf(context);
      const triggerId = ownName(call, request.parent, "parent");
      const page = orThrow(parsePage(`firings/${triggerId}`, request));
      const rows = listFirings(db, triggerId, page.beforeSequence, page.size);
      return {
        firings: rows.map((row) => row.firing),
        nextPageToken: nextPageToken(`firings/${triggerId}`, rows, page.size),
      };
    },

    replayFiring(request, context) {
      const call = callOf(context);
      const firing = firingOf(call, request.name);
      const { condition, inputs, evaluation: recorded } = firing;
      if (condition === undefined || inputs === undefined || recorded === undefined) {
        throw new Error("a firing without its record");
      }
      const { view, states } = viewOf(inputs);
      const { outcome } = evaluate(compile(condition, accountOf(call)), view, states);
      const evaluation = toEvaluation(outcome);
      return { evaluation, equal: equals(EvaluationSchema, evaluation, recorded) };
    },
  };
}
