/** CoinGecko's simple price: traded prices. An unknown id is silently missing there. */
import { err, ok } from "#protocol/result";
import { coins } from "../series/registry.ts";
import { decimal, field, finite } from "./json.ts";
import type { Source } from "./source.ts";

/** Creates the source. */
export function coingecko(baseUrl: string, apiKey: string | undefined): Source {
  const ids = Object.keys(coins).join(",");
  const query = `ids=${ids}&vs_currencies=usd&include_last_updated_at=true&precision=full`;
  return {
    id: "coingecko",
    series: Object.values(coins),
    url: `${baseUrl}/api/v3/simple/price?${query}`,
    headers: apiKey === undefined ? {} : { "x-cg-demo-api-key": apiKey },
    read(answer) {
      if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
        return err("not an object");
      }
      const readings = Object.entries(coins).map(([coin, series]) => {
        const entry = field(answer, coin);
        const seconds = finite(field(entry, "last_updated_at"));
        return {
          series,
          value: decimal(finite(field(entry, "usd")), 8),
          observeMs: seconds === undefined ? undefined : seconds * 1000,
          qualities: [],
        };
      });
      return ok({ readings, events: [] });
    },
  };
}
