/**
 * The call that a transaction carries out: whatever it appends to the ledger is tied to the
 * call's proof, and nobody who appends has to know.
 *
 * A transaction is synchronous and its object the only one that writes, so there is at most one
 * call at a time.
 */
import { type CallProof, callProofDigest } from "#protocol/ledger/call-proof";

/** The call that is being carried out. */
export type Cause = {
  readonly proof: CallProof;
  readonly digest: Uint8Array<ArrayBuffer>;
  /** How many entries it has caused. */
  entries: number;
  /** What members consented to with this call, for its next entry. */
  readonly acts: Record<string, string>;
};

/** What members signed for a call. */
export type SignedAct = {
  /** The act's type, such as `KeyGrant`. */
  readonly type: string;
  /** The digest that they signed (EIP-712), as `0x` and hexadecimal. */
  readonly digest: string;
  /** Their signatures: the `OwnerAct` of the contract, encoded, in base64. */
  readonly proofs: string;
};

const causes = new WeakMap<object, Cause>();

/** Runs `body`, whose entries in the ledger of `db` this call causes. */
export function causedBy<T>(db: object, proof: CallProof, body: () => T): T {
  if (causes.has(db)) throw new Error("a call is carried out already");
  causes.set(db, { proof, digest: callProofDigest(proof), entries: 0, acts: {} });
  try {
    return body();
  } finally {
    causes.delete(db);
  }
}

/** The call that is being carried out now. `undefined` when the vault acts by itself. */
export function causeOf(db: object): Cause | undefined {
  return causes.get(db);
}

/** Has the next entry of this call say what members consented to. */
export function noteAct(db: object, act: SignedAct): void {
  const { acts } = causes.get(db) ?? {};
  if (acts === undefined) return;
  acts.act = act.type;
  acts.act_digest = act.digest;
  acts.act_proofs = act.proofs;
}
