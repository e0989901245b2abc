/** What prices are in the outside world of the local stack. */

/** US dollars for one coin. */
export type Prices = {
  btcUsd: number;
  ethUsd: number;
  usdcUsd: number;
  usdtUsd: number;
  daiUsd: number;
};

/** What prices are at first. */
export const initialPrices: Prices = {
  btcUsd: 96_000,
  ethUsd: 2500,
  usdcUsd: 0.9998,
  usdtUsd: 1.0002,
  daiUsd: 0.9999,
};

/** Changes the prices that are named. */
export function changePrices(prices: Prices, wanted: Partial<Prices>): void {
  for (const name of Object.keys(initialPrices) as (keyof Prices)[]) {
    const price = wanted[name];
    if (typeof price === "number") prices[name] = price;
  }
}
