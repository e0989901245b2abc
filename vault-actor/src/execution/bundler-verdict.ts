/**
 * What a bundler's refusal means (ERC-7769, and the AAxx codes of ERC-4337's entry point). Pure.
 *
 * Only words and numbers of a bundler: nothing here is proof of anything on the chain.
 */
import { revertReason } from "./revert-reason.ts";

/** What a refusal means for the operation. */
export type Refusal =
  /** It has the operation already: it was handed over. */
  | "known"
  /** It has another one of the same nonce or deployment, and wants a higher fee to replace it. */
  | "underpriced"
  /** Who pays the fee can't: the session's account (AA21) or the paymaster (AA31). Passes. */
  | "unfunded"
  /** The account is there already (AA10). The operation can't land as it is. */
  | "deployed"
  /** The nonce is used: an operation of it landed, or so it thinks. */
  | "nonce_used"
  /** It is not valid yet or no more: its time or the paymaster's. */
  | "expired"
  /** The paymaster does not accept it. */
  | "unsponsored"
  /** Its gas limits are too low or too high. */
  | "gas"
  /** Its call is reverted by the contracts. */
  | "reverted"
  /** The account's validation or the bundler's rules refuse it. */
  | "invalid"
  /** The bundler's own trouble: it says nothing about the operation. */
  | "trouble";

/** What to do about a refusal: nothing, try again, or take it as the bundler's last word. */
export const disposition = {
  known: "accepted",
  underpriced: "final",
  unfunded: "retry",
  deployed: "final",
  nonce_used: "final",
  expired: "final",
  unsponsored: "retry",
  gas: "final",
  reverted: "final",
  invalid: "final",
  trouble: "retry",
} as const satisfies Readonly<Record<Refusal, "accepted" | "retry" | "final">>;

/** Codes of the entry point. AA9x but for two are mistakes of whoever bundles. */
const entryPointCodes: Readonly<Record<string, Refusal>> = {
  AA10: "deployed",
  AA13: "invalid",
  AA14: "invalid",
  AA15: "invalid",
  AA20: "invalid",
  AA21: "unfunded",
  AA22: "expired",
  AA23: "invalid",
  AA24: "invalid",
  AA25: "nonce_used",
  AA26: "gas",
  AA30: "unsponsored",
  AA31: "unfunded",
  AA32: "unsponsored",
  AA33: "unsponsored",
  AA34: "unsponsored",
  AA36: "unsponsored",
  AA40: "gas",
  AA41: "gas",
  AA50: "unsponsored",
  AA51: "gas",
  AA90: "trouble",
  AA91: "trouble",
  AA92: "trouble",
  AA93: "unsponsored",
  AA94: "gas",
  AA95: "gas",
  AA96: "invalid",
};

/** Codes of ERC-7769 and of JSON-RPC. */
const rpcCodes: ReadonlyMap<number, Refusal> = new Map([
  // The user operation's fields, in the words of ERC-7769; else JSON-RPC's invalid parameters.
  [-32602, "invalid"],
  [-32500, "invalid"],
  [-32501, "unsponsored"],
  [-32502, "invalid"],
  [-32503, "expired"],
  // An entity is throttled or banned for now.
  [-32504, "trouble"],
  [-32505, "invalid"],
  [-32506, "invalid"],
  [-32507, "invalid"],
  [-32508, "unfunded"],
  [-32521, "reverted"],
  [3, "reverted"],
]);

/**
 * Reads a refusal. What bundlers say in words comes first: several use one code for all. A
 * code that nobody defined is the bundler's own trouble.
 */
export function refusalOf(code: number, message: string): Refusal {
  if (/bump the (gas )?(price|fee)|underpriced|conflicting .*mempool/i.test(message)) {
    return "underpriced";
  }
  if (/already (known|exists|in\b|have|present)|duplicate/i.test(message)) return "known";
  const entryPoint = /\bAA\d\d\b/.exec(message)?.[0];
  const known = entryPoint === undefined ? undefined : entryPointCodes[entryPoint];
  return known ?? rpcCodes.get(code) ?? "trouble";
}

/** A refusal in the contract's own words where there are any, at most 300 characters. */
export function refusalText(refusal: Refusal, message: string, data: unknown): string {
  if (refusal === "unfunded" && /\bAA21\b/.test(message)) {
    return "the session account can't pay the fee (AA21)";
  }
  return revertReason(message, data);
}
