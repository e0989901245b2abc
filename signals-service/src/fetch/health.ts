/** Says how a source is doing, for whoever runs the service. Pure. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type SourceHealth,
  SourceHealth_State,
  SourceHealthSchema,
} from "#gen/signal/v1/overview_messages";
import type { Configured } from "../source/source.ts";
import { isOpen } from "./breaker.ts";
import type { SourceState } from "./due.ts";
import { type Moment, takeCalls, type Usage } from "./quota.ts";

/** How a source is doing. */
export function sourceHealth(
  one: Configured,
  state: SourceState,
  usage: Usage,
  at: Moment,
): SourceHealth {
  if (!one.on) {
    const { OFF } = SourceHealth_State;
    return create(SourceHealthSchema, { source: one.id, state: OFF, reason: one.why });
  }
  const { askMs, successMs, failures, reason, detail, nextAskMs } = state;
  const { usage: current } = takeCalls(usage, one.quota, 0, at);
  return create(SourceHealthSchema, {
    source: one.source.id,
    state: stateOf(state, at.nowMs),
    ...(askMs === 0 ? {} : { askTime: timestampFromMs(askMs) }),
    ...(successMs === 0 ? {} : { successTime: timestampFromMs(successMs) }),
    failures,
    reason: reason === "" ? "" : `${reason}: ${detail}`,
    ...(nextAskMs <= at.nowMs ? {} : { nextAskTime: timestampFromMs(nextAskMs) }),
    quotaUsed: current.day.used,
    quotaLimit: one.quota.perDay,
  });
}

function stateOf(state: SourceState, nowMs: number): SourceHealth_State {
  const { askMs, failures, reason, nextAskMs } = state;
  if (askMs === 0) return SourceHealth_State.IDLE;
  if (reason === "") return SourceHealth_State.OK;
  if (reason === "quota") return SourceHealth_State.EXHAUSTED;
  const left = nextAskMs > nowMs && isOpen(reason, failures);
  return left ? SourceHealth_State.OPEN : SourceHealth_State.FAILING;
}
