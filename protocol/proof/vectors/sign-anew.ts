/**
 * Signs a request again as it is now, whatever the profile says of it.
 *
 * A careless client would, and an attacker who holds a key: a verifier that forgets a rule
 * can't hide behind a signature that does not fit.
 */
import { type InnerList, parseDictionary } from "structured-headers";
import type { WireRequest } from "../../exchange.ts";
import { toBase64 } from "../base64.ts";
import { signatureBase } from "../signature-base.ts";
import type { Signer } from "../signer.ts";

/** Signs what `Signature-Input` covers under `mv`. `undefined` when that has no base. */
export async function signAnew(
  request: WireRequest,
  signer: Signer,
): Promise<WireRequest | undefined> {
  const list = memberOf(request.headers.get("signature-input") ?? "");
  if (list === undefined || !URL.canParse(request.url)) return undefined;
  const { method, headers } = request;
  const base = signatureBase({ method, url: new URL(request.url), headers }, list);
  if (base === undefined) return undefined;
  const signed = new Headers(headers);
  signed.set("signature", `mv=:${toBase64(await signer.sign(base))}:`);
  return { ...request, headers: signed };
}

function memberOf(field: string): InnerList | undefined {
  try {
    const member = parseDictionary(field).get("mv");
    return member !== undefined && Array.isArray(member[0]) ? (member as InnerList) : undefined;
  } catch {
    return undefined;
  }
}
