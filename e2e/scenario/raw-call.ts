/** Calls the API with hand-made requests, as attackers and tests do. */
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { create, toJsonString } from "@bufbuild/protobuf";
import type { WireRequest } from "#protocol/exchange";
import { signRequest } from "#protocol/proof/sign";
import type { Signer } from "#protocol/proof/signer";
import type { Stack } from "../stack/stack.ts";

/** How a call was refused: by whom, why, and with which facts. */
export type Refusal = {
  readonly status: number;
  readonly code: string;
  readonly refusedBy: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
};

/** Builds a signed request in Connect's JSON form. */
export async function signedCall<Desc extends DescMessage>(
  stack: Stack,
  method: string,
  schema: Desc,
  message: MessageInitShape<Desc>,
  by: { readonly signer: Signer; readonly vaultId: string },
): Promise<WireRequest> {
  const body = toJsonString(schema, create(schema, message));
  return signedBytes(stack, method, "application/json", body, by);
}

/** Signs a request as it is, whatever it says. */
export async function signedBytes(
  stack: Stack,
  method: string,
  contentType: string,
  body: string | Uint8Array,
  by: { readonly signer: Signer; readonly vaultId: string },
): Promise<WireRequest> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const request = {
    method: "POST",
    url: `${stack.baseUrl}/${method}`,
    headers: new Headers({ "content-type": contentType }),
    body: new Uint8Array(bytes),
  };
  return signRequest(request, { ...by, nowMs: Date.now() });
}

/** Sends a request, to its own address or another. */
export function send(request: WireRequest, origin?: string): Promise<Response> {
  const url = new URL(request.url);
  const target = origin === undefined ? request.url : `${origin}${url.pathname}${url.search}`;
  return fetch(target, { method: request.method, headers: request.headers, body: request.body });
}

/** Reads a refusal in Connect's JSON form. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json()) as {
    code?: string;
    details?: {
      debug?: { reason?: string; enforcedBy?: string; metadata?: Record<string, string> };
    }[];
  };
  const info = body.details?.[0]?.debug;
  return {
    status: response.status,
    code: body.code ?? "",
    refusedBy: (info?.enforcedBy ?? "").replace("ENFORCED_BY_", "").toLowerCase(),
    reason: (info?.reason ?? "").replace("ERROR_REASON_", ""),
    metadata: info?.metadata ?? {},
  };
}
