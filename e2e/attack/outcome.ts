/** Reads what an attempt met: a success, a typed refusal, or something that must not be. */

import { ErrorInfoSchema } from "#gen/error/v1/error";
import { reasonName } from "#protocol/errors";
import type { Reason } from "#protocol/failure";
import type { Echo } from "./gateway/orders.ts";
import { errorIn } from "./surface/protocols.ts";

/** What an attempt met. */
export type Outcome =
  | { readonly kind: "served"; readonly body: string; readonly headers: Headers }
  | { readonly kind: "refused"; readonly reason: Reason; readonly fact: string }
  /** Neither: a fault of ours, an error without its type, an exception, no answer at all. */
  | { readonly kind: "untyped"; readonly what: string };

/** Reads an answer that the attacker's gateway tells of. */
export function outcomeOf(echo: Echo): Outcome {
  if (echo.answer === undefined) return { kind: "untyped", what: echo.threw ?? "nothing" };
  const { status, headers, body } = echo.answer;
  return outcomeOfAnswer(status, new Headers(headers as [string, string][]), body);
}

/** Reads a response. */
export async function outcomeOfResponse(response: Response): Promise<Outcome> {
  const body = Buffer.from(await response.arrayBuffer()).toString("base64");
  return outcomeOfAnswer(response.status, response.headers, body);
}

function outcomeOfAnswer(status: number, headers: Headers, body: string): Outcome {
  const error = errorIn(status, headers, new Uint8Array(Buffer.from(body, "base64")));
  if (error === undefined) return { kind: "served", body, headers };
  const info = error.findDetails(ErrorInfoSchema)[0];
  const reason = info === undefined ? undefined : reasonName(info.reason);
  if (info === undefined || reason === undefined || reason === "INTERNAL") {
    return { kind: "untyped", what: error.message };
  }
  const { proof, cause, scope, limit } = info.metadata;
  return { kind: "refused", reason, fact: proof ?? cause ?? scope ?? limit ?? "" };
}

/** Says in a few words what an outcome is. */
export function outcomeText(outcome: Outcome): string {
  if (outcome.kind === "served") return "served";
  if (outcome.kind === "untyped") return `no typed refusal: ${outcome.what.slice(0, 200)}`;
  return outcome.fact === "" ? outcome.reason : `${outcome.reason} (${outcome.fact})`;
}
