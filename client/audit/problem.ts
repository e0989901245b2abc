/** What a check of an export finds, and what it comes to. Pure data. */

/** What is wrong, by kind. docs/audit.md explains each. */
export type ProblemCode =
  | "head_malformed"
  | "line_malformed"
  | "entry_missing"
  | "entry_out_of_order"
  | "link_broken"
  | "hash_wrong"
  | "proof_signature"
  | "proof_base"
  | "proof_vault"
  | "proof_reused"
  | "proof_time"
  | "proof_missing"
  | "consent_missing"
  | "consent_signature"
  | "method_unknown"
  | "key_unknown"
  | "key_revoked"
  | "key_not_started"
  | "key_expired"
  | "scope_missing"
  | "certificate"
  | "untrusted"
  | "checkpoint_missing"
  | "checkpoint_signature"
  | "checkpoint_size"
  | "checkpoint_head"
  | "file_truncated";

/** One thing that is wrong. */
export type Problem = {
  readonly code: ProblemCode;
  /** The entry. Absent when it is about the file. */
  readonly sequence?: number;
  /** The line in the file, from 1. */
  readonly line?: number;
  readonly detail: string;
};

/** The report of a check. */
export type AuditReport = {
  /** Whether nothing is wrong. */
  readonly verified: boolean;
  /** The vault's CAIP-10 id, as the file says. */
  readonly vault: string;
  readonly entries: number;
  /** How many different calls the entries prove. */
  readonly calls: number;
  /** How many entries have no proof: what the vault did by itself, or before proofs were kept. */
  readonly unproved: number;
  /** How many owners' signatures only their contract or their passkey's site can check. */
  readonly uncheckedConsents: number;
  /** The identity key that the certificate names. */
  readonly identityKeyId: string | undefined;
  /** The attestation key that signed the certificate. */
  readonly attestationKeyId: string | undefined;
  /** Which of the two was trusted. Without either, the file only agrees with itself. */
  readonly trusted: "identity" | "attestation" | "none";
  /** The last entry's hash, in hexadecimal. */
  readonly head: string;
  readonly problems: readonly Problem[];
};
