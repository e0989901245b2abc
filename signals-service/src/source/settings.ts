/** Where each upstream is, and with which key it is asked. Read from the environment by `env.ts`. */

/** An upstream's address and key. */
export type Upstream = { readonly url: string; readonly key: string | undefined };

/** All upstreams. An absent one is off. */
export type SourceSettings = {
  readonly coingecko: Upstream | undefined;
  readonly coinpaprika: Upstream | undefined;
  readonly pyth: Upstream | undefined;
  /** A JSON-RPC node, and the feeds' proxies on its chain by series id. */
  readonly chainlink:
    | { readonly url: string; readonly feeds: Readonly<Record<string, string>> }
    | undefined;
  readonly usgs: Upstream | undefined;
  readonly gdacs: Upstream | undefined;
  /** Markets by condition id: 64 lowercase hexadecimal digits, without `0x`. */
  readonly polymarket:
    | {
        readonly gammaUrl: string;
        readonly clobUrl: string;
        readonly conditions: readonly string[];
      }
    | undefined;
  readonly fred: Upstream | undefined;
  readonly radar: Upstream | undefined;
  readonly worldMonitor: Upstream | undefined;
};
