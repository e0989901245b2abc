/** Reads the refusal in an answer, in Connect's form for unary calls. Pure. */
import { Code, ConnectError } from "@connectrpc/connect";
import { errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { errorInfoOf, reasonOf } from "#protocol/errors";
import type { WholeResponse } from "#protocol/proof/response";
import type { UnverifiedClaim } from "./untrusted-response.ts";

/** Reads the error of a refusal. `undefined` for an answer, or what can't be read. */
export function refusalIn({ status, headers, body }: WholeResponse): ConnectError | undefined {
  const isError = status >= 400 && headers.get("content-type")?.startsWith("application/json");
  if (isError !== true) return undefined;
  const unreadable = new ConnectError("unreadable", Code.Unknown);
  try {
    const error = errorFromJsonBytes(body, undefined, unreadable);
    return error === unreadable ? undefined : error;
  } catch {
    return undefined;
  }
}

/** What an answer that is not trusted says of itself. */
export function claimIn(response: WholeResponse): UnverifiedClaim {
  const refusal = refusalIn(response);
  return {
    status: response.status,
    reason: refusal === undefined ? undefined : reasonOf(refusal),
    message: refusal?.rawMessage.slice(0, 200),
  };
}

/** Whether a vault refused the time of a call's proof. */
export function isOfTime(response: WholeResponse): boolean {
  const refusal = refusalIn(response);
  const proof = refusal === undefined ? undefined : errorInfoOf(refusal)?.metadata.proof;
  return proof === "request_expired" || proof === "request_not_yet_valid";
}
