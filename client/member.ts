/**
 * Lets members of a vault's authority consent to one exact act, each with what it signs with.
 *
 * All of them sign the same EIP-712 digest, so a consent of several is one act with several
 * proofs; their order does not matter.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { hexToBytes } from "viem";
import {
  type OwnerAct,
  OwnerActSchema,
  type OwnerProof,
  OwnerProof_WebAuthnSchema,
} from "#gen/vault/v1/authority";
import { type Act, actDigest, type Consent, typedData } from "#protocol/acts/act";
import type { Address } from "#protocol/names";
import { formatP256KeyId } from "#protocol/proof/key-id";

/** A member and what it signs with. */
export type MemberSigner = {
  /** The member's id, as in `Authority.Member.id`. */
  readonly member: string;
  /** Signs an act for the vault's chain. */
  readonly prove: (act: Act, chainId: number) => Promise<OwnerProof["proof"]>;
};

/** A wallet that signs typed data, such as a viem account or a browser's wallet. */
export type OwnerWallet = {
  readonly address: `0x${string}`;
  readonly signTypedData: (data: ReturnType<typeof typedData>) => Promise<`0x${string}`>;
};

/** How a consent is limited. */
export type ConsentOptions = {
  readonly chainId: number;
  /** The authority epoch that the members see; 0 for the claim. */
  readonly epoch: bigint;
  readonly nowMs: number;
  /** How long the consent is good, in seconds. 10 minutes unless given; at most 7 days. */
  readonly validSeconds?: number;
};

/** A member that is an Ethereum key (EIP-712). */
export function walletMember(wallet: OwnerWallet, chainId: number): MemberSigner {
  return {
    member: `eip155:${chainId}:${wallet.address.toLowerCase()}`,
    prove: async (act, chainId) => {
      const signature = await wallet.signTypedData(typedData(act, chainId));
      return { case: "eip712", value: hexToBytes(signature) };
    },
  };
}

/**
 * A member that is a smart account (ERC-1271): whatever `sign` returns for the act is what the
 * account's contract is asked about.
 */
export function contractMember(
  account: Address,
  chainId: number,
  sign: OwnerWallet["signTypedData"],
): MemberSigner {
  return {
    member: `eip155:${chainId}:${account.toLowerCase()}`,
    prove: async (act, chainId) => {
      const signature = await sign(typedData(act, chainId));
      return { case: "erc1271", value: hexToBytes(signature) };
    },
  };
}

/** What an authenticator answers: `AuthenticatorAssertionResponse` in a browser. */
export type PasskeyAnswer = {
  readonly authenticatorData: ArrayBuffer;
  readonly clientDataJSON: ArrayBuffer;
  readonly signature: ArrayBuffer;
};

/**
 * A member that is a passkey (WebAuthn). `keyId` is its `p256:` id; `get` asks the
 * authenticator for an assertion over a challenge, with user verification. In a browser:
 * `navigator.credentials.get({ publicKey: { challenge, rpId, userVerification: "required" } })`
 * and then its `response`.
 */
export function passkeyMember(
  keyId: string,
  get: (challenge: Uint8Array<ArrayBuffer>) => Promise<PasskeyAnswer>,
): MemberSigner {
  return {
    member: keyId,
    prove: async (act, chainId) => {
      const answer = await get(new Uint8Array(hexToBytes(actDigest(act, chainId))));
      const value = create(OwnerProof_WebAuthnSchema, {
        authenticatorData: new Uint8Array(answer.authenticatorData),
        clientDataJson: new Uint8Array(answer.clientDataJSON),
        signature: new Uint8Array(answer.signature),
      });
      return { case: "webauthn", value };
    },
  };
}

/**
 * The `p256:` id of a new passkey, from the public key that the browser gives at its making
 * (`AuthenticatorAttestationResponse.getPublicKey()`). `undefined` when it is not P-256.
 */
export async function passkeyId(publicKey: ArrayBuffer): Promise<string | undefined> {
  try {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("spki", publicKey, algorithm, true, ["verify"]);
    const point = (await crypto.subtle.exportKey("raw", key)) as ArrayBuffer;
    return formatP256KeyId(new Uint8Array(point));
  } catch {
    return undefined;
  }
}

/** Asks members, one after another, to consent to the act that `build` makes. */
export async function consentOf(
  members: readonly MemberSigner[],
  build: (consent: Consent) => Act,
  options: ConsentOptions,
): Promise<OwnerAct> {
  const seconds = Math.floor(options.nowMs / 1000) + (options.validSeconds ?? 600);
  const consent = {
    actId: randomId(),
    expireTime: timestampFromMs(seconds * 1000),
    epoch: options.epoch,
  };
  const act = build(consent);
  const proofs = [];
  for (const { member, prove } of members) {
    proofs.push({ member, proof: await prove(act, options.chainId) });
  }
  return create(OwnerActSchema, { ...consent, proofs });
}

function randomId(): `0x${string}` {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
