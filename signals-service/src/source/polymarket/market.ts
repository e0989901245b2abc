/**
 * What Polymarket's metadata says of a market: whether its book is worth reading. Pure.
 *
 * A market is known by its condition id: slugs and lists change their meaning. A price says
 * nothing where little is traded, or where the outcome is already being decided.
 */
import { Quality } from "#gen/signal/v1/observation";
import { err, ok, type Result } from "#protocol/result";
import { exactDecimal, field, finite, list, text } from "../json.ts";

/** The least that must be on offer, in US dollars. */
const leastLiquidity = 10_000;

/** The least that must ever have been traded, in US dollars. */
const leastVolume = 50_000;

/** The token of the outcome "Yes", or the doubts that leave the market without a value. */
export function yesToken(
  markets: readonly unknown[],
  condition: string,
): Result<string, readonly Quality[]> {
  const id = `0x${condition}`;
  const found = markets.filter((one) => text(field(one, "conditionId"))?.toLowerCase() === id);
  const tokens = new Set(found.map(tokenOf));
  const [token] = tokens;
  if (token === undefined) return err([]);
  if (tokens.size > 1) return err([Quality.CONFLICTING]);
  const doubts = [...new Set(found.flatMap(doubtsOf))];
  return doubts.length === 0 ? ok(token) : err(doubts);
}

function doubtsOf(market: unknown): Quality[] {
  const isOpen =
    field(market, "active") === true &&
    field(market, "closed") === false &&
    field(market, "archived") !== true &&
    field(market, "acceptingOrders") === true;
  const isThin =
    !(amountOf(market, "liquidity") >= leastLiquidity) ||
    !(amountOf(market, "volume") >= leastVolume);
  return [
    ...(isOpen ? [] : [Quality.STALE_CONTENT]),
    ...(isUndecided(market) ? [] : [Quality.CONFLICTING]),
    ...(isThin ? [Quality.DEGRADED] : []),
  ];
}

/** Whether nobody has proposed an outcome yet. Where neither field says so, somebody may have. */
function isUndecided(market: unknown): boolean {
  const status = field(market, "umaResolutionStatus") ?? undefined;
  const history = wordsOf(field(market, "umaResolutionStatuses"));
  if (history !== undefined && history.length > 0) return false;
  return status === "" || (status === undefined && history !== undefined);
}

/** An amount, written as a number or as text. Missing: not a number, and so never enough. */
function amountOf(market: unknown, name: string): number {
  const amount = finite(field(market, `${name}Num`));
  return amount ?? Number(exactDecimal(field(market, name), 18) ?? Number.NaN);
}

/** The outcome is found by its name: it need not be the first. */
function tokenOf(market: unknown): string | undefined {
  const outcomes = wordsOf(field(market, "outcomes")) ?? [];
  const tokens = wordsOf(field(market, "clobTokenIds")) ?? [];
  const at = outcomes.indexOf("Yes");
  if (outcomes.length !== tokens.length || at !== outcomes.lastIndexOf("Yes")) return undefined;
  const token = tokens[at];
  // Up to 78 digits: as a number it would be another one.
  return token !== undefined && /^\d{1,78}$/.test(token) ? token : undefined;
}

/** A list of words, written as JSON in a text. */
function wordsOf(value: unknown): readonly string[] | undefined {
  try {
    const words: unknown = JSON.parse(text(value) ?? "");
    const all = Array.isArray(words) && words.every((word) => typeof word === "string");
    return all ? (list(words) as readonly string[]) : undefined;
  } catch {
    return undefined;
  }
}
