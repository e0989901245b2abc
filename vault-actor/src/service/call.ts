/**
 * What a service method knows about the call that it serves.
 *
 * The caller's proof is verified and its scope checked before a method runs. A method that
 * changes something does all of it inside one `commit`.
 */
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { createContextKey } from "@connectrpc/connect";
import type { Failure } from "#protocol/failure";
import type { Result } from "#protocol/result";
import type { Fact } from "../ledger/entry.ts";

/** One verified call. */
export type Call = {
  /** The vault's CAIP-10 id: names in the message must be of this vault. */
  readonly vaultId: string;
  /** The one time that this call takes for now. */
  readonly nowMs: number;
  /** The key that signed the call. */
  readonly keyId: string;
  /** Whether that key holds the method's scope. Where it need not, the body has another proof. */
  readonly holdsScope: boolean;
  /** The signature of the call's proof: a stream is bound to it. */
  readonly proofSignature: Uint8Array<ArrayBuffer>;
  /**
   * Reads the key again, counts the rate and consumes the nonce, in one transaction: for a read
   * that goes on giving, and so must not be repeated by others. Throws the typed refusal.
   */
  consume(): void;
  /**
   * Makes the call's change, once.
   *
   * In one transaction: the key is read again, the rate is counted, the nonce consumed, a
   * repeat of `requestId` answered with the first answer, and otherwise `change` runs and
   * its answer is recorded. When `change` refuses, nothing at all is written.
   * `change` is synchronous and is called at most once.
   *
   * What it appends to the ledger is tied to the call's proof; where it appends nothing, the
   * ledger says that the call was accepted. With `refused`, a refusal by `change` is written
   * down too, in a transaction of its own, which consumes the nonce.
   */
  commit<Desc extends DescMessage>(
    requestId: string,
    answer: Desc,
    change: () => Result<MessageInitShape<Desc>, Failure>,
    refused?: (refusal: Failure) => Fact,
  ): MessageShape<Desc>;
};

/** Where a handler finds its call: `context.values.get(callKey)`. */
export const callKey = createContextKey<Call | undefined>(undefined, {
  description: "metavault call",
});
