/** Reads and arranges the portfolio. */

import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { UpdatePortfolioResponseSchema } from "#gen/vault/v1/portfolio";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { refuse } from "#protocol/failure";
import { childName, parseAsset, vaultName } from "#protocol/names";
import { ok } from "#protocol/result";
import { append } from "../ledger/store.ts";
import { type PortfolioDeps, readPortfolio } from "../portfolio/read-portfolio.ts";
import { arrangeSnapshots } from "../portfolio/snapshot.ts";
import { listSnapshots, readTracking, writeTracking } from "../portfolio/store.ts";
import { toPortfolio } from "../portfolio/wire.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { accountOf, callOf, orThrow, ownName } from "./context.ts";
import { nextPageToken, parsePage } from "./page.ts";

type Methods = "getPortfolio" | "updatePortfolio" | "listPortfolioSnapshots";

/** What the methods need. */
export type PortfolioMethodDeps = PortfolioDeps & {
  readonly scheduler: Pick<Scheduler, "put" | "cancel">;
};

/** The methods of the portfolio. */
export function portfolioMethods(
  deps: PortfolioMethodDeps,
): Pick<ServiceImpl<typeof VaultService>, Methods> {
  const { db } = deps;
  return {
    async getPortfolio(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      const portfolio = orThrow(await readPortfolio(deps, call.vaultId));
      const { assets, intervalMs } = readTracking(db);
      return {
        portfolio: toPortfolio(`${vaultName(call.vaultId)}/portfolio`, portfolio),
        trackedAssets: [...assets],
        ...(intervalMs === undefined ? {} : { snapshotInterval: durationFromMs(intervalMs) }),
      };
    },

    updatePortfolio(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const { chainId } = accountOf(call);
      return call.commit(request.requestId, UpdatePortfolioResponseSchema, () => {
        const { trackedAssets: assets, snapshotInterval } = request;
        const foreign = assets.findIndex((asset) => parseAsset(asset)?.chainId !== chainId);
        if (foreign >= 0) {
          const field = `tracked_assets[${foreign}]`;
          return refuse("FIELD_INVALID", `${field}: not an asset of the vault's chain`, {
            field,
            rule: "chain",
          });
        }
        const intervalMs =
          snapshotInterval === undefined ? undefined : durationMs(snapshotInterval);
        const tracking = { assets, intervalMs, sinceMs: call.nowMs };
        writeTracking(db, tracking);
        arrangeSnapshots(deps.scheduler, tracking, call.nowMs);
        append(db, call.nowMs, {
          kind: "PORTFOLIO_CHANGED",
          actor: call.keyId,
          subject: `${vaultName(call.vaultId)}/portfolio`,
          facts: {
            tracked_assets: assets.join("\n"),
            snapshot_interval: intervalMs === undefined ? "" : `${intervalMs / 1000}s`,
          },
        });
        return ok({ trackedAssets: assets });
      });
    },

    listPortfolioSnapshots(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const page = orThrow(parsePage("portfolioSnapshots", request));
      const rows = listSnapshots(db, page.beforeSequence, page.size);
      return {
        snapshots: rows.map(({ sequence, portfolio }) => ({
          ...portfolio,
          name: childName(call.vaultId, "portfolioSnapshots", String(sequence)),
        })),
        nextPageToken: nextPageToken("portfolioSnapshots", rows, page.size),
      };
    },
  };
}
