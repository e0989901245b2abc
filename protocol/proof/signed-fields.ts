/**
 * Keeps of an answer's fields those that the vault signed. Pure.
 *
 * What else arrives was put in on the way: a status of gRPC-Web, an encoding, a trailer would
 * make a signed answer mean something else to a client.
 */

const signed = ["content-type", "content-digest", "metavault-id"] as const;

/** The fields that a caller may go by, once the answer is verified. */
export function signedFields(headers: Headers): Headers {
  const kept = signed.filter((name) => headers.has(name));
  return new Headers(kept.map((name): [string, string] => [name, headers.get(name) ?? ""]));
}
