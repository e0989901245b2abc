/** What the gateway serves: every public method, and who answers it. Pure data. */
import { SignalService } from "#gen/signal/v1/signal_service";
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { methodsByPath, pathOf } from "#protocol/access";
import type { Screened } from "#protocol/screen";

/** Who answers a method: the vault that the header names, or the signals service. */
export type Target = "vault" | "signals";

/** One served method. */
export type Route = Screened & { readonly target: Target; readonly path: string };

/** All routes, by path. */
export const routes: ReadonlyMap<string, Route> = new Map(
  (
    [
      [VaultService, "vault"],
      [TriggerService, "vault"],
      [SignalService, "signals"],
    ] as const
  ).flatMap(([service, target]) =>
    [...methodsByPath([service]).values()].map((method) => {
      const path = pathOf(method);
      const streams = method.methodKind !== "unary";
      return [path, { target, path, streams, isVaults: target === "vault" }] as const;
    }),
  ),
);
