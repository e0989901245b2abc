/** The closed list of why a proof does not hold. The caller sees the name and nothing more. */
export const proofFailures = [
  "signature_missing",
  "signature_too_large",
  "signature_input_invalid",
  "no_acceptable_signature",
  "invalid_time",
  "request_validity_too_long",
  "request_not_yet_valid",
  "request_expired",
  "request_before_floor",
  "nonce_required",
  "invalid_nonce",
  "invalid_keyid",
  "insufficient_coverage",
  "audience_mismatch",
  "bad_path",
  "bad_method",
  "wrong_vault",
  "bad_content_digest",
  "unsupported_algorithm",
  "bad_signature",
  "unknown_key",
  "key_revoked",
  "key_expired",
  "key_not_started",
  "nonce_reused",
] as const;

/** Why a proof does not hold. */
export type ProofFailure = (typeof proofFailures)[number];
