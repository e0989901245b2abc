/** What a proof may look like and still hold: every case is signed as it is. */
import { p256 } from "@noble/curves/nist.js";
import type { WireRequest } from "../../exchange.ts";
import { algorithmNames, parseKeyId } from "../key-id.ts";
import { createdSeconds, type VectorKey } from "./keys.ts";
import { signAnew } from "./sign-anew.ts";
import { header, input, parameter, replace, signature, to32Bytes, toNumber } from "./tamper.ts";

type Change = (request: WireRequest) => WireRequest;

const add =
  (name: string, value: string): Change =>
  (request) => {
    const headers = new Headers(request.headers);
    headers.append(name, value);
    return { ...request, headers };
  };
const all =
  (...changes: readonly Change[]): Change =>
  (request) =>
    changes.reduce((changed, change) => change(changed), request);

/** Changes after which the signature still fits. */
const unsigned: readonly (readonly [string, Change, (readonly string[])?])[] = [
  [
    "another label",
    all(
      input((value) => value.replace(/^mv=/, "anything=")),
      header("signature", (value) => value.replace(/^mv=/, "anything=")),
    ),
  ],
  [
    "a signature of another profile beside",
    all(
      add("signature-input", 'bot=("@authority");created=1;tag="web-bot-auth"'),
      add("signature", "bot=:AAAA:"),
    ),
  ],
  ["a signature of nothing beside", add("signature", "stray=:AAAA:")],
  ["a field that is not covered: it counts for nothing", add("x-scope", "everything")],
  ["a semantic field that is not covered: it is dropped", add("connect-timeout-ms", "1")],
  ["more spaces between the components", replace('"@method" "@scheme"', '"@method"   "@scheme"')],
  ["the other s", signature((bytes) => otherS(bytes)), ["p256"]],
];

/** Changes that the caller makes before signing. */
const signed = (key: VectorKey): readonly (readonly [string, Change])[] => [
  ["the name of the key's own algorithm", input((value) => `${value};alg="${nameOf(key)}"`)],
  ["its own order of the components", replace('"@method" "@scheme"', '"@scheme" "@method"')],
  ["its own order of the parameters", replace(/(;created=\d+)(;expires=\d+)/, "$2$1")],
  ["a nonce of 22 characters", parameter("nonce", `;nonce="${"-".repeat(22)}"`)],
  ["a nonce of 86 characters", parameter("nonce", `;nonce="${"_".repeat(86)}"`)],
  ["a life of a second", parameter("expires", `;expires=${createdSeconds + 1}`)],
  [
    "a covered field that a vault does not read",
    all(add("x-trace", "1"), replace('("@method"', '("x-trace" "@method"')),
  ],
  [
    "24 components",
    all(
      ...Array.from({ length: 16 }, (_, i) => add(`x-${i}`, "1")),
      replace(
        '("@method"',
        `(${Array.from({ length: 16 }, (_, i) => `"x-${i}"`).join(" ")} "@method"`,
      ),
    ),
  ],
];

/** Every way of `key` to sign `plain` that holds, by name. */
export async function acceptedWays(
  plain: WireRequest,
  key: VectorKey,
): Promise<readonly (readonly [string, WireRequest])[]> {
  const ways: (readonly [string, WireRequest])[] = [];
  for (const [name, change, kinds] of unsigned) {
    if (kinds === undefined || kinds.includes(key.name)) ways.push([name, change(plain)]);
  }
  for (const [name, change] of signed(key)) {
    const anew = await signAnew(change(plain), key.signer);
    if (anew === undefined) throw new Error(`${name} has no base`);
    ways.push([name, anew]);
  }
  return ways;
}

function nameOf({ signer }: VectorKey): string {
  const kind = parseKeyId(signer.keyId)?.kind;
  if (kind === undefined) throw new Error("not a key id");
  return algorithmNames[kind];
}

/** ECDSA has two signatures for one: replays are told by the nonce, never by the signature. */
function otherS(bytes: Uint8Array): Uint8Array {
  const s = p256.Point.CURVE().n - toNumber(bytes.slice(32));
  return new Uint8Array([...bytes.slice(0, 32), ...to32Bytes(s)]);
}
