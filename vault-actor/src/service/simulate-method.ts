/** Simulates an intent. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { VaultService } from "#gen/vault/v1/vault_service";
import { errorInfo } from "#protocol/errors";
import { chainIn } from "../account/chain-config.ts";
import { toFlow, usdText } from "../execution/flow-wire.ts";
import { maxQuoteMs, type SimulateDeps, simulateIntent } from "../execution/simulate-intent.ts";
import { toLimits } from "../execution/wire.ts";
import { toDecisionFields } from "../policy/decision-wire.ts";
import { enforcementOf } from "../session/enforcement.ts";
import { isUsable } from "../session/session.ts";
import { liveSessions } from "../session/store.ts";
import { accountOf, callOf, orThrow, ownName } from "./context.ts";

/** What is left of a caller's time when the chain has had its part, in milliseconds. */
const spareMs = 500;

/** The method. */
export function simulateMethod(
  deps: SimulateDeps,
): Pick<ServiceImpl<typeof VaultService>, "simulateIntent"> {
  const { db, chains } = deps;
  return {
    async simulateIntent({ parent, intent }, context) {
      const call = callOf(context);
      ownName(call, parent, "parent");
      if (intent === undefined) throw new Error("validated");
      const { vaultId, keyId, nowMs } = call;
      const patience = (context.timeoutMs() ?? Number.POSITIVE_INFINITY) - spareMs;
      const quoteMs = Math.min(maxQuoteMs, patience);
      const simulated = await simulateIntent(deps, { vaultId, keyId, nowMs }, intent, quoteMs);
      const { refusal, decision, met, approval, spends, receives, isQuoted } = simulated;
      const { chainId } = accountOf(call);
      // An effect touches no chain, so that no permission bounds it.
      const session = simulated.isOnChain
        ? liveSessions(db).find((session) => isUsable(session, chainId, nowMs))
        : undefined;
      const limits =
        refusal === undefined && decision !== undefined
          ? enforcementOf(met, session, orThrow(chainIn(chains, chainId)))
          : [];
      return {
        ...(decision === undefined ? {} : toDecisionFields(decision)),
        allowed: refusal === undefined && approval.length === 0,
        needsApproval: approval.length > 0,
        ...(refusal === undefined ? {} : { refusal: errorInfo(refusal.failure, refusal.by) }),
        spends: spends.map(({ asset, amount, microUsd }) => ({
          asset,
          reserved: String(amount),
          settled: "",
          reservedUsd: usdText(microUsd),
        })),
        receives: receives.map(toFlow),
        limits: toLimits(limits),
        quoted: isQuoted,
      };
    },
  };
}
