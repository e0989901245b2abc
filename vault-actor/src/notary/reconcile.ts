/**
 * Compares a restored vault with the chain: which of the operations that hold amounts have
 * landed. Only then may the owners lift the freeze.
 *
 * What has landed is settled in full, because the storage that knew better is gone. What has
 * not may still land, and stays held.
 */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { formatChain, parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { type Chains, chainIn } from "../account/chain-config.ts";
import type { Rpc } from "../account/node.ts";
import { accessTo } from "../execution/chain-access.ts";
import { nonceUsed, settledBlock } from "../execution/receipt.ts";
import { openOperations } from "../execution/restore-store.ts";
import { clearRestored, readVault } from "../identity/vault-store.ts";
import { settle } from "../policy/spend-store.ts";
import type { Database } from "../storage/database.ts";

/** What the chain says about a restored vault. */
export type Reconciled = {
  /** Which restore it is about. */
  readonly restoredMs: number | undefined;
  /** The executions whose operations have landed, and that nothing else follows. */
  readonly landed: readonly string[];
};

/** What asking the chain needs. */
export type ReconcileDeps = {
  readonly db: Database;
  readonly chains: Chains;
  readonly rpcFor: (urls: readonly string[]) => Rpc;
  readonly vaultId: () => string;
};

/** Asks the chain. A vault that was not restored need not ask. Fails with `CHAIN_UNAVAILABLE`. */
export async function reconcileRestored(deps: ReconcileDeps): Promise<Result<Reconciled, Failure>> {
  const restoredMs = readVault(deps.db)?.restoredMs;
  const open = restoredMs === undefined ? [] : openOperations(deps.db);
  if (open.length === 0) return ok({ restoredMs, landed: [] });
  const chainId = parseAccount(deps.vaultId())?.chainId ?? 0;
  const unavailable = refuse("CHAIN_UNAVAILABLE", "the chain's nodes do not agree or answer", {
    chain: formatChain(chainId),
  });
  const chain = chainIn(deps.chains, chainId);
  if (!chain.ok) return unavailable;
  const access = accessTo(deps, chain.value);
  const block = await settledBlock(access);
  if (block.kind !== "ok") return unavailable;
  const answers = await Promise.all(
    open.map((operation) => nonceUsed(access, operation, block.value)),
  );
  const landed: string[] = [];
  for (const [index, answer] of answers.entries()) {
    if (answer.kind !== "ok") return unavailable;
    const operation = open[index];
    if (answer.value && operation?.ended) landed.push(operation.executionId);
  }
  return ok({ restoredMs, landed });
}

/** Writes what the chain said, in the caller's transaction: the vault is reconciled. */
export function writeReconciled(db: Database, { restoredMs, landed }: Reconciled): void {
  if (restoredMs === undefined || readVault(db)?.restoredMs !== restoredMs) return;
  for (const executionId of landed) settle(db, executionId, new Map());
  clearRestored(db);
}
