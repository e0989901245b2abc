/** The keys that attackers and their victims hold. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { hexToBytes } from "viem";
import { generatePrivateKey } from "viem/accounts";
import { Scope } from "#gen/access/v1/access";
import { KeyGrant_Holder } from "#gen/vault/v1/key";
import {
  ethereumSigner,
  generateEd25519Signer,
  generateP256Signer,
  type Signer,
} from "#protocol/proof/signer";
import { grantKey } from "../../scenario/keys.ts";
import type { LiveVault } from "../../scenario/vault.ts";
import { localChainId } from "../../stack/chain/node.ts";

/** The kinds of key that sign calls. */
export const keyKinds = ["p256", "ed25519", "eip155"] as const;

/** A kind of key. */
export type KeyKind = (typeof keyKinds)[number];

/** A key in somebody's hands. */
export type HeldKey = { readonly kind: KeyKind; readonly signer: Signer };

/** Every scope that a key can hold. */
export const allScopes: readonly Scope[] = Object.values(Scope).filter(
  (scope) => scope !== Scope.UNSPECIFIED,
);

const holders = {
  p256: KeyGrant_Holder.DEVICE,
  ed25519: KeyGrant_Holder.AGENT,
  eip155: KeyGrant_Holder.SERVICE,
} as const;

/** Makes a key that nobody granted anything. */
export async function makeKey(kind: KeyKind): Promise<HeldKey> {
  return { kind, signer: await makeSigner(kind) };
}

/** Makes a key and has the owner grant it scopes, for a time. */
export async function grantedKey(
  vault: LiveVault,
  kind: KeyKind,
  terms: {
    readonly scopes?: readonly Scope[];
    readonly startMs?: number;
    readonly expireMs?: number;
  } = {},
): Promise<HeldKey> {
  const key = await makeKey(kind);
  const { scopes = allScopes, startMs, expireMs = Date.now() + 3_600_000 } = terms;
  await grantKey(vault, {
    keyId: key.signer.keyId,
    holder: holders[kind],
    label: `a key of kind ${kind}`,
    scopes: [...scopes],
    expireTime: timestampFromMs(wholeSeconds(expireMs)),
    maxCallsPerMinute: 6000,
    ...(startMs === undefined ? {} : { startTime: timestampFromMs(wholeSeconds(startMs)) }),
  });
  return key;
}

function makeSigner(kind: KeyKind): Signer | Promise<Signer> {
  if (kind === "p256") return generateP256Signer();
  if (kind === "ed25519") return generateEd25519Signer();
  return ethereumSigner(localChainId, hexToBytes(generatePrivateKey()));
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
