/** Tells what the vault's own work has cost. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { VaultService } from "#gen/vault/v1/vault_service";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { Usage } from "../scheduler/usage.ts";
import { callOf, ownName } from "./context.ts";

/** The method that reads the usage. */
export function usageMethod(deps: {
  readonly usage: Pick<Usage, "report">;
  readonly scheduler: Pick<Scheduler, "wakesLeft">;
}): Pick<ServiceImpl<typeof VaultService>, "getUsage"> {
  return {
    getUsage(request, context) {
      ownName(callOf(context), request.name);
      const { startMs, counts } = deps.usage.report();
      return {
        usage: {
          name: request.name,
          startTime: timestampFromMs(startMs),
          wakeCount: BigInt(counts.wakes),
          alarmSetCount: BigInt(counts.alarmsSet),
          rowsWritten: BigInt(counts.rowsWritten),
          rowsRead: BigInt(counts.rowsRead),
          evaluationCount: BigInt(counts.evaluations),
          delayedWakeCount: BigInt(counts.delayedWakes),
          wakesLeft: BigInt(deps.scheduler.wakesLeft()),
        },
      };
    },
  };
}
