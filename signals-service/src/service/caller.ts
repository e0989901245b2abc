/**
 * Who makes a call that needs a service key. The front door verified the proof and put it here;
 * a call that carries none never gets to such a method.
 */
import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import { toConnectError } from "#protocol/errors";

/** A caller whose proof holds. */
export type Caller = {
  readonly keyId: string;
  readonly nonce: string;
  /** Until when the nonce must be remembered, in milliseconds since the epoch. */
  readonly nonceUntilMs: number;
  /** Whether the deployment lets the key read how the service is doing. */
  readonly isOperator: boolean;
};

/** Where the front door puts the caller. */
export const callerKey = createContextKey<Caller | undefined>(undefined, {
  description: "the caller whose proof was verified",
});

/** The caller of a method that needs a service key. */
export function callerOf(context: HandlerContext): Caller {
  const caller = context.values.get(callerKey);
  if (caller === undefined) throw new Error("no caller in the handler's context");
  return caller;
}

/** The caller of a method for operators. Throws the typed refusal for any other key. */
export function operatorOf(context: HandlerContext): Caller {
  const caller = callerOf(context);
  if (caller.isOperator) return caller;
  const metadata = { scope: "signals.overview" };
  const detail = "the key is not an operator's";
  throw toConnectError({ reason: "SCOPE_MISSING", detail, metadata }, "SIGNALS");
}
