/**
 * Builds the bytes that a proof signs (RFC 9421 section 2.5), for this profile's components.
 *
 * Pure. Only parameterless components, each once; a field's value must be visible ASCII, so
 * nothing can break out of its line.
 */
import { type InnerList, serializeInnerList } from "structured-headers";

/** What components are read from. */
export type Signable = { readonly method: string; readonly url: URL; readonly headers: Headers };

const visibleAscii = /^[\x20-\x7e]*$/;

/** Builds the base of a request. `undefined` when a component is doubled, unknown or missing. */
export function signatureBase(
  message: Signable,
  list: InnerList,
): Uint8Array<ArrayBuffer> | undefined {
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const [name, parameters] of list[0]) {
    if (typeof name !== "string" || parameters.size !== 0 || seen.has(name)) return undefined;
    seen.add(name);
    const value = componentValue(message, name);
    if (value === undefined || !visibleAscii.test(value)) return undefined;
    lines.push(`"${name}": ${value}`);
  }
  lines.push(`"@signature-params": ${serializeInnerList(list)}`);
  return new Uint8Array(new TextEncoder().encode(lines.join("\n")));
}

function componentValue({ method, url, headers }: Signable, name: string): string | undefined {
  switch (name) {
    case "@method":
      return method;
    case "@scheme":
      return url.protocol.slice(0, -1);
    case "@authority":
      return url.host;
    case "@path":
      return url.pathname;
    case "@query":
      return url.search === "" ? "?" : url.search;
    default:
      if (!/^[a-z0-9-]+$/.test(name)) return undefined;
      return headers.get(name)?.trim() ?? undefined;
  }
}
