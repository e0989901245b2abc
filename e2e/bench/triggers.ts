/** Triggers for benchmarks: one whose condition stays false, one that fires at every look. */
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Unit } from "#gen/signal/v1/series";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { type Trigger, TriggerSchema } from "#gen/trigger/v1/trigger";
import { swapIntent } from "../scenario/vault.ts";
import type { Stack } from "../stack/stack.ts";

/** Never true. */
export function idleTrigger(stack: Stack): Trigger {
  return triggerOn(stack, Comparator.LESS_THAN, false);
}

/** Always true, and ready again at every look. */
export function firingTrigger(stack: Stack): Trigger {
  return triggerOn(stack, Comparator.GREATER_THAN, true);
}

function triggerOn(stack: Stack, comparator: Comparator, refire: boolean): Trigger {
  return create(TriggerSchema, {
    displayName: "for a benchmark",
    condition: {
      test: {
        case: "signalThreshold",
        value: {
          series: "market.price.eth.usd@v1",
          unit: Unit.USD,
          comparator,
          value: "1000",
          maxAge: durationFromMs(300_000),
        },
      },
    },
    intent: swapIntent(stack, { shareBps: 1 }),
    firePolicy: refire ? { refire, cooldown: durationFromMs(60_000) } : {},
  });
}
