/** What may happen to a signed request between its caller and a vault, for property tests. */
import fc from "fast-check";
import type { WireRequest } from "../../exchange.ts";
import { toBase64 } from "../base64.ts";
import { requiredComponents, semanticFields } from "../coverage.ts";

/** Changes a request; `other` is another request of the same caller, to take pieces from. */
export type Edit = (request: WireRequest, other: WireRequest) => WireRequest;

const fieldName = fc.constantFrom(
  "signature-input",
  "signature",
  "content-digest",
  "content-type",
  "metavault-id",
  ...semanticFields,
);
const character = fc.constantFrom(...' \t"\\;,=:()-_/?#%@.*aAzZ019'.split(""));

/** One bit of some bytes, or the bytes as they are when there are none. */
function flipBit(bytes: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  const bit = at % Math.max(1, copy.length * 8);
  if (copy.length > 0) copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

function withField(request: WireRequest, name: string, value: string | null): WireRequest {
  const headers = new Headers(request.headers);
  if (value === null) headers.delete(name);
  else headers.set(name, value);
  return { ...request, headers };
}

function splice(text: string, at: number, removed: number, added: string): string {
  const from = at % (text.length + 1);
  return text.slice(0, from) + added + text.slice(from + removed);
}

const bodyEdit = fc.oneof(
  fc.nat().map(
    (at): Edit =>
      (request) => ({ ...request, body: flipBit(request.body, at) }),
  ),
  fc.nat().map(
    (at): Edit =>
      (request) => ({ ...request, body: request.body.slice(0, at % (request.body.length + 1)) }),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 4 }).map(
    (more): Edit =>
      (request) => ({ ...request, body: new Uint8Array([...request.body, ...more]) }),
  ),
);

const signatureEdit = fc.nat().map(
  (at): Edit =>
    (request) => {
      const field = request.headers.get("signature") ?? "";
      const [, label = "", text = ""] = /^([a-z]+)=:(.*):$/.exec(field) ?? [];
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      return withField(request, "signature", `${label}=:${toBase64(flipBit(bytes, at))}:`);
    },
);

/** A character more, less or other, in any field or in the URL. */
const textEdit = fc
  .record({
    where: fc.oneof(fc.constant("url"), fieldName),
    at: fc.nat(),
    removed: fc.integer({ min: 0, max: 2 }),
    added: fc.string({ unit: character, maxLength: 2 }),
  })
  .map(
    ({ where, at, removed, added }): Edit =>
      (request) => {
        if (where === "url") return { ...request, url: splice(request.url, at, removed, added) };
        const value = request.headers.get(where);
        if (value === null) return request;
        return withField(request, where, splice(value, at, removed, added));
      },
  );

/** Adds, doubles, removes, folds, pads, exchanges or takes over a whole field. */
const fieldEdit = fc
  .record({
    name: fieldName,
    value: fc.string({ unit: character, maxLength: 8 }),
    how: fc.constantFrom("add", "double", "remove", "fold", "pad", "upper", "lower", "take over"),
  })
  .map(
    ({ name, value, how }): Edit =>
      (request, other) => {
        const old = request.headers.get(name);
        switch (how) {
          case "add": {
            const headers = new Headers(request.headers);
            headers.append(name, value);
            return { ...request, headers };
          }
          case "take over":
            return withField(request, name, other.headers.get(name));
          case "remove":
            return withField(request, name, null);
          case "double":
            return old === null ? request : withField(request, name, `${old}, ${old}`);
          // What HTTP makes of a line that goes on with white space (RFC 9112 5.2).
          case "fold":
            return old === null ? request : withField(request, name, old.replace(" ", "   "));
          case "pad":
            return old === null ? request : withField(request, name, ` \t${old}\t `);
          case "upper":
            return old === null ? request : withField(request, name, old.toUpperCase());
          case "lower":
            return old === null ? request : withField(request, name, old.toLowerCase());
        }
      },
  );

/** Moves, takes away or adds a covered component, or changes its case. */
const coverageEdit = fc
  .record({
    name: fc.constantFrom(...requiredComponents, ...semanticFields),
    by: fc.constantFrom("", '"x"', '"@query-param";name="a"', '"date"'),
    first: fc.boolean(),
  })
  .map(
    ({ name, by, first }): Edit =>
      (request) => {
        const input = request.headers.get("signature-input") ?? "";
        const moved = input.replace(new RegExp(` ?"${name}"`), by);
        const put = first ? moved.replace("(", `("${name}" `) : moved.replace(")", ` "${name}")`);
        return withField(request, "signature-input", put);
      },
  );

const elsewhere = fc.oneof(
  fc.constantFrom("GET", "PUT", "post", "OPTIONS").map(
    (method): Edit =>
      (request) => ({ ...request, method }),
  ),
  fc.constant<Edit>((request, other) => ({ ...request, url: other.url })),
  fc.constant<Edit>((request, other) => ({ ...request, body: other.body })),
  fc.constant<Edit>((request, other) => ({
    ...withField(request, "content-digest", other.headers.get("content-digest")),
    body: other.body,
  })),
  // The order of arrival means nothing.
  fc.constant<Edit>((request) => ({
    ...request,
    headers: new Headers([...request.headers].reverse() as [string, string][]),
  })),
);

/** One to three of them. */
export const edits: fc.Arbitrary<Edit> = fc
  .array(fc.oneof(bodyEdit, signatureEdit, textEdit, fieldEdit, coverageEdit, elsewhere), {
    minLength: 1,
    maxLength: 3,
  })
  .map(
    (all): Edit =>
      (request, other) =>
        all.reduce((edited, edit) => edit(edited, other), request),
  );
