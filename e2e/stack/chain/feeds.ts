/** Puts price feeds on a local chain: stand-ins for Chainlink's, with the same calls. */
import { parseUnits } from "viem";
import type { Address } from "#protocol/names";
import { devAccount, roles } from "./accounts.ts";
import { artifact } from "./artifacts.ts";
import { deploy } from "./deploy.ts";
import type { LocalChain } from "./node.ts";

const contract = artifact("../contracts/TestPriceFeed.json");
const places = 8;

/** The feeds in US dollars. */
export type PriceFeeds = { readonly eth: Address; readonly usdc: Address };

/** Deploys the feeds. They have no answer yet. */
export async function deployFeeds(chain: LocalChain): Promise<PriceFeeds> {
  const eth = await deploy(chain, contract, [places]);
  return { eth, usdc: await deploy(chain, contract, [places]) };
}

/** Starts a feed's next round: US dollars, of which 8 places count. */
export async function setFeed(chain: LocalChain, feed: Address, dollars: number): Promise<void> {
  const hash = await chain.wallet(devAccount(roles.oracle)).writeContract({
    address: feed,
    abi: contract.abi,
    functionName: "setAnswer",
    args: [parseUnits(dollars.toFixed(places), places)],
    gas: 200_000n,
  });
  await chain.reader.waitForTransactionReceipt({ hash });
}

/** What a feed says: US dollars, and when it said so in seconds. Zero when it never did. */
export type Said = { readonly dollars: number; readonly atSeconds: number };

/** Reads a feed. */
export async function feedAnswer(chain: LocalChain, feed: Address): Promise<Said> {
  const [, answer, , updatedAt] = (await chain.reader.readContract({
    address: feed,
    abi: contract.abi,
    functionName: "latestRoundData",
  })) as readonly [bigint, bigint, bigint, bigint, bigint];
  return { dollars: Number(answer) / 10 ** places, atSeconds: Number(updatedAt) };
}
