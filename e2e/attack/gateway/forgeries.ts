/** What a hostile gateway answers in the vault's place. */
import type { WireRequest } from "#protocol/exchange";

/** Answers a captured request with a forgery. `ask` passes it on for the true answer. */
export async function forgeAnswer(
  forgery: string,
  captured: WireRequest,
  ask: () => Promise<Response>,
): Promise<Response> {
  throw new Error(`not known: ${forgery} ${captured.url} ${ask.name}`);
}
