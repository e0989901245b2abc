/** Evaluates a condition now, node by node, without effect. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { Condition } from "#gen/trigger/v1/condition";
import type { TriggerService } from "#gen/trigger/v1/trigger_service";
import { refuse } from "#protocol/failure";
import type { Chains } from "../account/chain-config.ts";
import type { ChainReader } from "../chain/chain-reader.ts";
import { readCursor } from "../chain/cursor-store.ts";
import { requestFor } from "../chain/log-request.ts";
import type { SignalClient } from "../signal/client.ts";
import { isPast } from "../signal/history.ts";
import { peekHistory } from "../signal/history-store.ts";
import type { Database } from "../storage/database.ts";
import { checkCondition } from "../trigger/check.ts";
import { compile } from "../trigger/compile.ts";
import { evaluate } from "../trigger/evaluate.ts";
import { allSpentCauses } from "../trigger/firing-store.ts";
import type { Dependency } from "../trigger/leaf-kind.ts";
import { toEvaluation } from "../trigger/outcome.ts";
import { recordInputs } from "../trigger/record.ts";
import { seriesIn } from "../trigger/series-in.ts";
import { readTrigger } from "../trigger/store.ts";
import type { Trigger } from "../trigger/trigger.ts";
import { emptyWorld, type View, type WorldView } from "../trigger/view.ts";
import type { Call } from "./call.ts";
import { accountOf, callOf, notFound, orThrow, ownName } from "./context.ts";

/** What the method needs. */
export type PreviewDeps = {
  readonly db: Database;
  readonly chains: Chains;
  readonly signals: SignalClient;
  readonly chain: ChainReader;
  /** Whether the execution of a trigger's last firing is open. */
  readonly isBusy: (triggerId: string) => boolean;
};

/** The method. */
export function previewMethod(
  deps: PreviewDeps,
): Pick<ServiceImpl<typeof TriggerService>, "previewTrigger"> {
  const { db } = deps;

  const triggerOf = (call: Call, name: string): Trigger | undefined => {
    if (name === "") return undefined;
    return readTrigger(db, ownName(call, name, "trigger")) ?? orThrow<never>(notFound(name));
  };

  return {
    async previewTrigger(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const trigger = triggerOf(call, request.trigger);
      const condition = request.condition ?? trigger?.body.condition;
      if (condition === undefined) {
        const metadata = { field: "condition, trigger", rule: "required" };
        const detail = "condition, trigger: one of the two is required";
        return orThrow<never>(refuse("FIELD_INVALID", detail, metadata));
      }
      const account = accountOf(call);
      const { nowMs } = call;
      const world = { ...emptyWorld(nowMs), ...(await signalsOf(deps, condition)), nowMs };
      // A trigger's own was checked when it was made; what was to come then may be past.
      if (request.condition !== undefined) {
        const { series } = world;
        const at = { path: "condition", series, chains: deps.chains, account, nowMs };
        orThrow(checkCondition(condition, at));
      }
      const node = compile(condition, account);
      const view: View = {
        ...world,
        ...pastOf(deps, world, node.depends),
        ...(await chainsOf(deps, node.depends)),
        spent: allSpentCauses(db).get(trigger?.triggerId ?? "") ?? new Set(),
        activeMs: trigger?.standing.activeMs ?? nowMs,
        busy: trigger !== undefined && deps.isBusy(trigger.triggerId),
      };
      const states = trigger?.standing.states ?? {};
      const { outcome } = evaluate(node, view, states);
      return { evaluation: toEvaluation(outcome), inputs: recordInputs(node, view, states) };
    },
  };
}

/** What is known of the world; nothing when the condition doesn't look at it. */
async function signalsOf({ signals }: PreviewDeps, condition: Condition) {
  const wanted = seriesIn(condition);
  if (wanted.size === 0) return {};
  const pulled = await signals.look(wanted);
  if (pulled.kind === "ok") {
    const { round, receiveMs, observations, events, series } = pulled.world;
    return { round, receiveMs, observations, events, series };
  }
  return orThrow<never>(refuse("SIGNALS_UNAVAILABLE", "the signals service does not answer"));
}

/** The past as the vault has it, with what it has just seen; noted nowhere. */
function pastOf({ db }: PreviewDeps, world: WorldView, depends: readonly Dependency[]) {
  const wanted = depends.filter(isPast);
  const past = peekHistory(db);
  past.note(world.observations, wanted, world.nowMs, world.series);
  return { histories: past.histories(wanted), rounds: past.rounds(wanted) };
}

/** What is read of chains: logs from where the vault's own reading stands. */
async function chainsOf({ db, chain }: PreviewDeps, depends: readonly Dependency[]) {
  const reads = depends.flatMap((one) => (one.kind === "chain" ? [one.read] : []));
  const filters = depends.flatMap((one) => (one.kind === "logs" ? [one.filter] : []));
  const byKey = <T extends { readonly key: string }>(all: readonly T[]) => [
    ...new Map(all.map((one) => [one.key, one] as const)).values(),
  ];
  const requests = byKey(filters).map((filter) => requestFor(filter, readCursor(db, filter.key)));
  const [values, logs] = await Promise.all([
    reads.length === 0 ? new Map() : chain.read(byKey(reads)),
    requests.length === 0 ? new Map() : chain.readLogs(requests),
  ]);
  return { chain: values, logs } satisfies Partial<WorldView>;
}
