/** Reads what the vault's account holds now, at one block, in the word of a quorum of nodes. */
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { formatChain, parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { type Chains, chainIn } from "../account/chain-config.ts";
import type { ChainReader } from "../chain/chain-reader.ts";
import { readPolicyMessage } from "../policy/store.ts";
import { priceRuleOf } from "../price/wire.ts";
import type { Database } from "../storage/database.ts";
import { assetsOf, type Portfolio, portfolioFrom, portfolioReads } from "./portfolio.ts";
import { readTracking } from "./store.ts";

/** What reading a portfolio needs. */
export type PortfolioDeps = {
  readonly db: Database;
  readonly chains: Chains;
  readonly chain: Pick<ChainReader, "read">;
  readonly now: () => number;
};

/** The assets of a vault's portfolio. */
export function trackedBy(db: Database, vaultId: string): readonly string[] {
  const policyAssets = readPolicyMessage(db).assets.map(({ asset }) => asset);
  return assetsOf(parseAccount(vaultId)?.chainId ?? 0, policyAssets, readTracking(db));
}

/**
 * Reads the portfolio of a vault. Fails with `CHAIN_UNSUPPORTED`, and with `CHAIN_UNAVAILABLE`
 * when no quorum of nodes agrees on a block. What else they do not agree on is missing in it.
 */
export async function readPortfolio(
  { db, chains, chain: reader, now }: PortfolioDeps,
  vaultId: string,
): Promise<Result<Portfolio, Failure>> {
  const account = parseAccount(vaultId);
  if (account === undefined) throw new Error("the vault has no account");
  const chain = chainIn(chains, account.chainId);
  if (!chain.ok) return chain;
  const assets = trackedBy(db, vaultId);
  const rule = priceRuleOf(readPolicyMessage(db).oracle);
  const values = await reader.read(portfolioReads(chain.value, account, assets));
  const portfolio = portfolioFrom(chain.value, account, assets, values, rule, now());
  if (portfolio !== undefined) return ok(portfolio);
  const name = formatChain(account.chainId);
  return refuse("CHAIN_UNAVAILABLE", `the nodes of ${name} do not agree on a block`, {
    chain: name,
  });
}
