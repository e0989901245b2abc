/** Runs the published vectors through our verifiers. */
import { verifyResponse } from "../response.ts";
import { verifyRequest } from "../verify.ts";
import type { ResponseVector } from "./answers.ts";
import type { buildVectors, RequestVector } from "./build.ts";

/** The document. */
export type Vectors = Awaited<ReturnType<typeof buildVectors>>;

/** What our verifier says of a request. */
export async function verdictOfRequest(
  { verifier }: Vectors,
  vector: RequestVector,
): Promise<string> {
  const { method, url, bodyBase64, nowSeconds } = vector;
  const result = await verifyRequest(
    { method, url, headers: headersOf(vector.headers), body: bytes(bodyBase64) },
    {
      vaultId: verifier.vaultId,
      origins: new Set(verifier.origins),
      nowMs: nowSeconds * 1000,
      floorMs: verifier.floorSeconds * 1000,
      lookup: (keyId) => {
        const known = verifier.register.find((key) => key.keyId === keyId);
        if (known?.state === "active") {
          const { maxProofSeconds, startSeconds } = known;
          return { accepted: true, maxProofSeconds, startMs: startSeconds * 1000 };
        }
        return { accepted: false, failure: (known?.state ?? "unknown_key") as "unknown_key" };
      },
    },
  );
  return result.ok ? "ok" : result.error;
}

/** What our verifier says of an answer. */
export async function verdictOfResponse(
  { verifier, identityKeyId }: Vectors,
  vector: ResponseVector,
): Promise<string> {
  const { status, bodyBase64 } = vector;
  const result = await verifyResponse(
    { status, headers: headersOf(vector.headers), body: bytes(bodyBase64) },
    {
      requestHeaders: headersOf(vector.requestHeaders),
      vaultId: verifier.vaultId,
      keyId: identityKeyId,
    },
  );
  return result.ok ? "ok" : result.error;
}

function headersOf(headers: RequestVector["headers"]): Headers {
  return new Headers(headers.map(([name, value]): [string, string] => [name, value]));
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
