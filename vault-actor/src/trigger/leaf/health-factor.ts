/** The health of a lending position against a constant. Pure. */
import { durationMs } from "@bufbuild/protobuf/wkt";
import { concatHex, type Hex, pad } from "viem";
import { type HealthFactor, HealthFactor_Protocol } from "#gen/trigger/v1/chain_condition";
import { type Account, formatChain, parseAccount } from "#protocol/names";
import { ok } from "#protocol/result";
import type { ChainRead } from "../../chain/chain-read.ts";
import { callRead, morphoRead } from "../../chain/reads.ts";
import { parseDecimal } from "../decimal.ts";
import { invalid, type LeafKind } from "../leaf-kind.ts";
import { checkAccount } from "./chain-check.ts";
import { compareReading, parseWhole } from "./chain-level.ts";

/** `getUserAccountData(address)` of Aave v3's pool: its sixth word is the factor, of 10^18. */
const getUserAccountData: Hex = "0xbf92857c";
const aaveResult = { word: 5, type: "uint256" };

/** What either protocol's factor is without debt, of 10^18. */
const noDebt = 2n ** 256n - 1n;

/** The health of a lending position. */
export const healthFactor: LeafKind<HealthFactor> = {
  shape: "level",
  check(test, context) {
    const { path } = context;
    const market = checkAccount(test.market, `${path}.market`, context);
    if (!market.ok) return market;
    const isMorpho = test.protocol === HealthFactor_Protocol.MORPHO_BLUE;
    if (!isMorpho && test.protocol !== HealthFactor_Protocol.AAVE_V3) {
      return invalid(`${path}.protocol`, "must be a known protocol");
    }
    if (isMorpho !== /^0x[0-9a-f]{64}$/.test(test.marketId)) {
      const hint = isMorpho ? "must be the market's id, 32 bytes" : "Aave v3 has no market ids";
      return invalid(`${path}.market_id`, hint);
    }
    if (test.account !== "") {
      const account = checkAccount(test.account, `${path}.account`, context);
      if (!account.ok) return account;
      const { chainId } = market.value;
      if (account.value.chainId !== chainId) {
        return invalid(`${path}.account`, `must be on the market's chain, ${formatChain(chainId)}`);
      }
    }
    if (parseDecimal(test.value) === undefined) {
      return invalid(`${path}.value`, "must be a decimal of at most 18 places");
    }
    return ok(undefined);
  },
  depends(test, own) {
    const read = readOf(test, own);
    return read === undefined ? [] : [{ kind: "chain", read }];
  },
  maxAgeMs: ({ maxAge }) => (maxAge === undefined ? undefined : durationMs(maxAge)),
  compile(test, own) {
    const read = readOf(test, own);
    if (read === undefined) return compareReading(undefined);
    const parse = read.kind === "call" ? parseWhole : parseDecimal;
    return compareReading({
      read,
      comparator: test.comparator,
      text: test.value,
      limit: parseDecimal(test.value),
      parse,
      words: (text) => healthText(parse(text) ?? 0n),
      maxAgeMs: test.maxAge === undefined ? 0 : durationMs(test.maxAge),
    });
  },
};

function readOf(test: HealthFactor, own: Account): ChainRead | undefined {
  const market = parseAccount(test.market);
  const account = test.account === "" ? own : parseAccount(test.account);
  if (market === undefined || account === undefined) return undefined;
  const { address } = account;
  return test.protocol === HealthFactor_Protocol.MORPHO_BLUE
    ? morphoRead(market, test.marketId as Hex, address)
    : callRead(market, concatHex([getUserAccountData, pad(address)]), aaveResult);
}

function healthText(health: bigint): string {
  if (health === noDebt) return "no debt";
  const text = String(health).padStart(19, "0");
  return `${text.slice(0, -18)}.${text.slice(-18)}`;
}
