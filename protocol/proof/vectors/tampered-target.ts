/** What is done to where a request goes and to what it carries. */
import { contentDigest } from "../digest.ts";
import { header, refuse, url, without } from "./tamper.ts";

const other = new TextEncoder().encode('{"name":"vaults/y"}') as Uint8Array<ArrayBuffer>;
const path = (change: (path: string) => string) =>
  url((text) => text.replace(/(?<=example)\/.*$/, change));

/** All of them. */
export const tamperedTargets = [
  ...refuse(
    "bad_method",
    ["PUT", (request) => ({ ...request, method: "PUT" })],
    ["GET", (request) => ({ ...request, method: "GET" })],
    ["a method in small letters", (request) => ({ ...request, method: "post" })],
  ),
  ...refuse(
    "bad_path",
    ["a longer path", path((text) => `${text}/x`)],
    ["a slash at the end", path((text) => `${text}/`)],
    ["two slashes", path((text) => `/${text}`)],
    ["an escaped path", path((text) => text.replace("GetVault", "Get%56ault"))],
    ["dots in the path", path((text) => `/x/..${text}`)],
    ["a dot in the path", path((text) => `/.${text}`)],
    ["a dot for a service", path(() => "/./GetVault")],
    ["dots for a service", path(() => "/../GetVault")],
    ["escaped dots in the path", path((text) => `/x/%2e%2e${text}`)],
    ["a backslash in the path", path((text) => text.replace(/\/Get/, "\\Get"))],
    ["a parameter of the path", path((text) => `${text};x=1`)],
    ["a space at the end", path((text) => `${text}%20`)],
    ["a tab in the path", path((text) => text.replace("Get", "Get\t"))],
    ["no path", path(() => "/")],
    ["a fragment", path((text) => `${text}#x`)],
    ["a query that would be escaped", path((text) => `${text}?a="b"`)],
    ["a user in the URL", url((text) => text.replace("//", "//user:word@"))],
    ["no URL", url(() => "metavault")],
  ),
  ...refuse(
    "audience_mismatch",
    ["another host", url((text) => text.replace("api.", "staging."))],
    ["a longer host", url((text) => text.replace(".example", ".example.net"))],
    ["a host with a dot at its end", url((text) => text.replace(".example", ".example."))],
    ["another port", url((text) => text.replace(".example", ".example:8443"))],
    ["another scheme", url((text) => text.replace("https", "http"))],
  ),
  ...refuse(
    "wrong_vault",
    ["another chain's vault", header("metavault-id", (value) => value.replace("8453", "1"))],
    ["another vault", header("metavault-id", (value) => value.replace("7e5f", "7e5e"))],
    ["a vault in capitals", header("metavault-id", (value) => value.toUpperCase())],
    ["a vault with a checksum", header("metavault-id", (value) => value.replace("7e5f", "7E5F"))],
    ["a chain with a zero in front", header("metavault-id", (v) => v.replace(":8453", ":08453"))],
    ["a vault's name for its id", header("metavault-id", (value) => `vaults/${value}`)],
    ["a doubled vault", header("metavault-id", (value) => `${value}, ${value}`)],
    ["no vault", without("metavault-id")],
  ),
  ...refuse(
    "bad_content_digest",
    ["another body", (request) => ({ ...request, body: other })],
    ["a body taken away", (request) => ({ ...request, body: new Uint8Array() })],
    ["a byte more", (request) => ({ ...request, body: new Uint8Array([...request.body, 0]) })],
    ["no digest", without("content-digest")],
    ["an empty digest", header("content-digest", () => "")],
    ["two digests", header("content-digest", (value) => `${value}, sha-512=:AA==:`)],
    ["a digest twice", header("content-digest", (value) => `${value}, ${value}`)],
    ["another kind of digest", header("content-digest", (value) => value.replace("256", "512"))],
    ["a digest in capitals", header("content-digest", (value) => value.replace("sha", "SHA"))],
    ["a digest without padding", header("content-digest", (value) => value.replace("=:", ":"))],
    ["a digest with a parameter", header("content-digest", (value) => `${value};x`)],
    ["a text for a digest", header("content-digest", (value) => value.replaceAll(":", '"'))],
  ),
  ...refuse(
    "bad_signature",
    ["another method of the API", url((text) => text.replace("GetVault", "FreezeVault"))],
    ["another service of the API", url((text) => text.replace(/vault\.v1\.Vault/, "x.v1.X"))],
    ["an added query", url((text) => `${text}?x=1`)],
    ["another content type", header("content-type", () => "application/proto")],
    ["a doubled content type", header("content-type", (value) => `${value}, ${value}`)],
    ["a parameter of the content type", header("content-type", (v) => `${v}; charset=utf-8`)],
    ["another covered field", header("connect-protocol-version", () => "2")],
    ["a covered field twice", header("connect-protocol-version", (value) => `${value}, ${value}`)],
    ["an empty covered field", header("connect-protocol-version", () => "")],
    [
      "another body and its digest",
      async (request) => {
        const digest = await contentDigest(other);
        return { ...header("content-digest", () => digest)(request), body: other };
      },
    ],
  ),
];
