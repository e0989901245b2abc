/**
 * How limits are named: the same words in a decision, on an execution, and in the report of a
 * permission. Pure.
 */

/** A limit over a window. `asset`: a CAIP-19 id or a name of `pseudo-asset.ts`, in its base unit. */
export function windowRule(asset: string, max: bigint, windowMs: number): string {
  return `${asset} ${max} per ${windowMs / 1000} s`;
}

/** A limit of one operation. */
export function operationRule(asset: string, max: bigint): string {
  return `${asset} ${max} per operation`;
}

/** The most that a fee may be for a unit of gas. */
export function gasRule(feeAsset: string, max: bigint): string {
  return `${feeAsset} ${max} per gas`;
}

/** A limit of how often something happens in a window. */
export function countRule(
  what: "operations" | "new recipients",
  { max, windowMs }: { readonly max: number; readonly windowMs: number },
): string {
  return `${what} ${max} per ${windowMs / 1000} s`;
}

/** An allowance to a spender (CAIP-10) of a token (CAIP-19). */
export function allowanceRule(spender: string, asset: string, max: bigint): string {
  return `allow ${spender} to spend ${asset} at most ${max}`;
}

/** The slippage. */
export function slippageRule(maxBps: number): string {
  return `slippage at most ${maxBps} basis points`;
}

/** The hours by the clock of an IANA zone. */
export function hoursRule(timeZone: string): string {
  return `hours of ${timeZone}`;
}

/** A host that webhooks may go to. */
export function hostRule(host: string): string {
  return `webhook to ${host}`;
}

/** How good the price of an asset must be. */
export function priceRule(asset: string): string {
  return `price of ${asset}`;
}

/** From where on the owners are asked about one operation. */
export function askAboveRule(asset: string, amount: bigint): string {
  return `ask the owners above ${amount} of ${asset}`;
}

/** That the owners are asked about whom nothing was sent to before. */
export const askAboutNewRule = "ask the owners about new recipients";
