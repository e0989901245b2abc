/** All methods of TriggerService. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { TriggerService } from "#gen/trigger/v1/trigger_service";
import { type BacktestDeps, backtestMethod } from "./backtest-method.ts";
import { firingMethods } from "./firing-methods.ts";
import { type PreviewDeps, previewMethod } from "./preview-method.ts";
import { type TriggerMethodDeps, triggerMethods } from "./trigger-methods.ts";

/** The methods of triggers and firings. */
export function triggerService(
  deps: TriggerMethodDeps & PreviewDeps & BacktestDeps,
): ServiceImpl<typeof TriggerService> {
  return {
    ...triggerMethods(deps),
    ...firingMethods(deps),
    ...previewMethod(deps),
    ...backtestMethod(deps),
  };
}
