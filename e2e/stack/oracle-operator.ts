/**
 * Keeps a local chain's price feeds: a stand-in for the operators of an oracle network.
 *
 * Like theirs, a feed is written when the market has moved or when its heartbeat is over. The
 * market is the local pool, and a USDC is a dollar.
 */
import type { Address } from "#protocol/names";
import { feedAnswer, type PriceFeeds, type Said, setFeed } from "./chain/feeds.ts";
import type { LocalChain } from "./chain/node.ts";
import { type Exchange, poolPrice } from "./chain/pool.ts";
import { feedMaxAgeSeconds, twapWindowSeconds } from "./price-sources.ts";
import { waitFor } from "./wait.ts";

const lookMs = 500;
/** How far the market moves before a feed is written again: a basis point. */
const threshold = 0.0001;

/** A running operator. */
export type OracleOperator = {
  /** Leaves the feeds as they are, for tests that make the market lie. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Waits until the feeds and the pool's average have come to what the pool says now. */
  readonly settled: () => Promise<void>;
  readonly stop: () => void;
};

/** Starts the operator. The feeds have answers when this returns. */
export async function startOracleOperator(
  chain: LocalChain,
  deployment: Exchange & { readonly feeds: PriceFeeds },
): Promise<OracleOperator> {
  const { feeds } = deployment;
  let isPaused = false;
  let open = 0;
  let last: Promise<void> = Promise.resolve();
  const known = new Map<Address, Said>();
  const write = async (feed: Address, dollars: number) => {
    const said = known.get(feed) ?? (await feedAnswer(chain, feed));
    const isMoved = Math.abs(dollars - said.dollars) > said.dollars * threshold;
    const isOld = Date.now() / 1000 - said.atSeconds > feedMaxAgeSeconds / 3;
    if (isMoved || isOld) await setFeed(chain, feed, dollars);
    known.set(feed, isMoved || isOld ? { dollars, atSeconds: Date.now() / 1000 } : said);
  };
  const writeAll = async () => {
    await write(feeds.eth, await poolPrice(chain, deployment));
    await write(feeds.usdc, 1);
  };
  await writeAll();
  // One at a time, because they share the nonces of one account.
  const look = () => {
    open += 1;
    last = last
      .then(() => (isPaused ? undefined : writeAll()))
      .catch(() => known.clear())
      .finally(() => {
        open -= 1;
      });
    return last;
  };
  const timer = setInterval(() => open === 0 && void look(), lookMs);
  timer.unref();
  return {
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      known.clear();
      isPaused = false;
    },
    async settled() {
      const { timestamp } = await chain.reader.getBlock();
      await look();
      await waitFor("the pool's average has come to its price", async () => {
        const { timestamp: now } = await chain.reader.getBlock();
        return Number(now - timestamp) >= twapWindowSeconds ? true : undefined;
      });
    },
    stop: () => clearInterval(timer),
  };
}
