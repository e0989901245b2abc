/**
 * Checks the query of a read by GET, as the Connect protocol has it. Pure.
 *
 * Only what the protocol names, and each once: one question has few URLs, and nothing that a
 * cache keeps them apart by goes unread.
 */
import type { Failure } from "./failure.ts";
import { refuse } from "./failure.ts";
import { ok, type Result } from "./result.ts";

/** The longest URL of a read, in characters. */
export const maxUrlLength = 16_384;

const parameters = {
  connect: /^v1$/,
  encoding: /^(json|proto)$/,
  message: /^/,
  base64: /^1$/,
  compression: /^identity$/,
} as const;

/** The format of a read by GET. Says what is wrong with its URL otherwise. */
export function checkQuery(url: URL): Result<"json" | "proto", Failure> {
  if (url.href.length > maxUrlLength) {
    const metadata = { max_bytes: String(maxUrlLength) };
    return refuse("BODY_TOO_LARGE", "the URL exceeds the limit", metadata);
  }
  const names = [...url.searchParams.keys()];
  for (const [name, value] of url.searchParams) {
    const field = `query.${name.slice(0, 100)}`;
    if (!Object.hasOwn(parameters, name)) {
      return refuse("FIELD_INVALID", `${field}: not known`, { field, rule: "query.known" });
    }
    if (names.filter((other) => other === name).length > 1) {
      return refuse("FIELD_INVALID", `${field}: more than once`, { field, rule: "query.once" });
    }
    if (parameters[name as keyof typeof parameters].test(value)) continue;
    if (name === "encoding" || name === "compression") {
      const got = value.slice(0, 100);
      return refuse("CONTENT_TYPE_UNSUPPORTED", `the ${name} is not served`, { got });
    }
    return refuse("FIELD_INVALID", `${field}: not served`, { field, rule: "query.value" });
  }
  const format = url.searchParams.get("encoding") === "json" ? "json" : "proto";
  for (const name of ["encoding", "message"]) {
    if (names.includes(name)) continue;
    return refuse("BODY_MALFORMED", `the query has no ${name}`, { format });
  }
  return ok(format);
}
