/** Runs a trigger over the past, without effect: the same evaluator, the policy in force now. */
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { type Firing, FiringSchema } from "#gen/trigger/v1/firing";
import type { Trigger as TriggerMessage } from "#gen/trigger/v1/trigger";
import type { BacktestTriggerRequest } from "#gen/trigger/v1/trigger_messages";
import type { TriggerService } from "#gen/trigger/v1/trigger_service";
import { refuse } from "#protocol/failure";
import { inOrder, ofChainLogs, ofChainValue } from "../backtest/happening.ts";
import type { Played } from "../backtest/play.ts";
import { checkRange, checkRecordings } from "../backtest/request.ts";
import { type RunDeps, runBacktest } from "../backtest/run.ts";
import { fromRestriction } from "../policy/restriction-wire.ts";
import { optional } from "../policy/wire-field.ts";
import type { SignalClient } from "../signal/client.ts";
import type { World } from "../signal/world.ts";
import type { Fired, Rule } from "../trigger/consider.ts";
import { toEvaluation } from "../trigger/outcome.ts";
import { recordInputs } from "../trigger/record.ts";
import { ruleOf } from "../trigger/rule.ts";
import { seriesIn } from "../trigger/series-in.ts";
import { bodyOf } from "../trigger/wire.ts";
import { createJudge } from "./backtest-judge.ts";
import type { Call } from "./call.ts";
import { checkTrigger } from "./check-trigger.ts";
import { accountOf, callOf, orThrow, ownName } from "./context.ts";
import type { IntentDeps } from "./intent.ts";
import { createTurns } from "./turns.ts";

/** What the method needs. */
export type BacktestDeps = IntentDeps & RunDeps & { readonly signals: SignalClient };

const limits = { maxFirings: 1000, maxEvaluations: 50_000, maxObservations: 100_000 };
/** The most bytes of firings: as JSON they are about three times as many. */
const maxAnswerBytes = 1_048_576;
const maxMs = 20_000;
/** They share the vault's one thread with all that must not wait. */
const turnsOfVault = { running: 1, waiting: 64 };

/** The method. */
export function backtestMethod(
  deps: BacktestDeps,
): Pick<ServiceImpl<typeof TriggerService>, "backtestTrigger"> {
  const turns = createTurns(turnsOfVault);

  return {
    async backtestTrigger(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const endMs = deps.now() + (context.timeoutMs() ?? Number.POSITIVE_INFINITY) - 1000;
      const answer = await turns.take(() =>
        run(deps, call, request, Math.min(deps.now() + maxMs, endMs)),
      );
      if (answer !== undefined) return answer;
      const limit = `${turnsOfVault.running} at once, ${turnsOfVault.waiting} that wait`;
      return orThrow<never>(refuse("RATE_LIMITED", "too many backtests of this vault", { limit }));
    },
  };
}

async function run(
  deps: BacktestDeps,
  call: Call,
  request: BacktestTriggerRequest,
  deadlineMs: number,
) {
  if (request.trigger === undefined) throw new Error("validated");
  const body = bodyOf(request.trigger);
  const { condition, intent } = body;
  if (condition === undefined || intent === undefined) throw new Error("validated");
  const range = orThrow(checkRange(request, call.nowMs));
  orThrow(checkRecordings(request));
  const conditions = [condition, body.firePolicy?.clearCondition];
  const wanted = conditions.flatMap((one) => (one === undefined ? [] : [...seriesIn(one)]));
  const pulled = wanted.length === 0 ? undefined : await deps.signals.look(wanted);
  if (pulled?.kind === "retry") return unreachable();
  const series: World["series"] = pulled?.world.series ?? new Map();
  const { chains } = deps;
  const at = { series, chains, account: accountOf(call), nowMs: range.startMs };
  orThrow(checkTrigger(body, at));
  const restriction = orThrow(optional(body.restriction, "trigger.restriction", fromRestriction));
  const judge = createJudge(deps, call, intent, restriction);
  const rule = ruleOf(playing, body, accountOf(call));
  if (rule === undefined) throw new Error("validated");
  const firings: Firing[] = [];
  let bytes = 0;
  const played = await runBacktest(deps, {
    rule,
    series,
    range,
    limits,
    deadlineMs,
    recorded: inOrder([
      ...request.chainValues.map(ofChainValue),
      ...request.chainLogs.flatMap(ofChainLogs),
    ]),
    onFired(fired) {
      const decision = judge(fired.view.nowMs);
      const name = `${request.parent}/triggers/${rule.triggerId}/firings/${firings.length + 1}`;
      const firing = create(FiringSchema, { ...recordOf(fired, rule, body), name, decision });
      firings.push(firing);
      bytes += toBinary(FiringSchema, firing).length;
      return bytes < maxAnswerBytes;
    },
  });
  return played === undefined ? unreachable() : answerOf(played, firings, range.endMs);
}

function answerOf(played: Played, firings: readonly Firing[], endMs: number) {
  const untilMs = played.halt === "over" ? endMs : Math.min(played.untilMs, endMs);
  return {
    firings: [...firings],
    evaluationCount: BigInt(played.evaluations),
    playedUntilTime: timestampFromMs(untilMs),
    ...(played.last === undefined ? {} : { lastEvaluation: toEvaluation(played.last) }),
  };
}

/** The trigger that is played is none that is stored: it has a name of its own. */
const playing = { triggerId: "backtest", version: 0 };

function recordOf(fired: Fired, rule: Rule, { condition, intent }: TriggerMessage) {
  const { view, states, outcome, occurrenceKey } = fired;
  if (condition === undefined || intent === undefined) throw new Error("validated");
  return {
    triggerVersion: BigInt(rule.version),
    occurrenceKey,
    fireTime: timestampFromMs(view.nowMs),
    condition,
    inputs: recordInputs(rule.condition, view, states),
    evaluation: toEvaluation(outcome),
    intent,
  };
}

function unreachable(): never {
  return orThrow<never>(refuse("SIGNALS_UNAVAILABLE", "the signals service does not answer"));
}
