/** How the attacker tells its gateway what to do with a captured request, and what it hears. */
import type { Loot } from "./alterations.ts";

/** The header that carries an order, as JSON. Never reaches a vault. */
export const orderHeader = "x-order";

/** What the gateway is told to do with the request that carries the order. */
export type Order =
  /** Try every alteration of a kind, one after the other. */
  | { readonly do: "alter"; readonly loot: Loot; readonly kind: "alter" | "inject" }
  /** Pass it on unaltered, so many copies at once. */
  | { readonly do: "pass"; readonly copies: number; readonly object?: string }
  /** Pass it on, and answer with something else: see `forgeries.ts`. */
  | { readonly do: "forge"; readonly forgery: string }
  /** Call what is not `fetch` on the object and on the Worker that holds it. */
  | { readonly do: "call"; readonly names: readonly string[]; readonly object: string };

/** What became of one attempt of the gateway. */
export type Echo = {
  readonly name: string;
  /** The answer. Absent when there was none. */
  readonly answer?: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    /** Base64. */
    readonly body: string;
  };
  /** What was thrown instead of an answer; `"hung"` when nothing came in time. */
  readonly threw?: string;
};
