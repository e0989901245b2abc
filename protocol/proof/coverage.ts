/** Which parts of a request a proof covers (profile `metavault-v1`). Pure data. */

/** The tag of request proofs. */
export const requestTag = "metavault-v1";

/** Every proof covers these, each once and without parameters. */
export const requiredComponents = [
  "@method",
  "@scheme",
  "@authority",
  "@path",
  "@query",
  "metavault-id",
  "content-type",
  "content-digest",
] as const;

/** Fields with a meaning of their own: covered when present, or dropped. */
export const semanticFields = [
  "content-encoding",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connect-content-encoding",
  "connect-accept-encoding",
  "grpc-timeout",
  "grpc-encoding",
  "x-grpc-web",
  "idempotency-key",
] as const;

/** All that the vault reads of a request's headers. Others may be covered; they count for nothing. */
export const viewFields: ReadonlySet<string> = new Set([
  "metavault-id",
  "content-type",
  "content-digest",
  ...semanticFields,
]);

/** The most components of a proof. */
export const maxComponents = 24;

/** The largest `Signature` or `Signature-Input` field, in characters. */
export const maxFieldLength = 4096;

/** What a browser must be allowed to send, beside what Connect asks for. */
export const requestHeaderNames = [
  "content-digest",
  "signature",
  "signature-input",
  "metavault-id",
  "idempotency-key",
  "grpc-encoding",
] as const;

/** What a browser must be allowed to read, beside what Connect asks for. */
export const responseHeaderNames = [
  "content-digest",
  "signature",
  "signature-input",
  "metavault-id",
  "metavault-certificate",
] as const;
