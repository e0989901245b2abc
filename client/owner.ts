/** Lets an owner's wallet consent to one exact act (EIP-712). */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { hexToBytes } from "viem";
import { type OwnerAct, OwnerActSchema } from "#gen/vault/v1/authority";
import { type Act, type Consent, typedData } from "#protocol/acts/act";

/** A wallet that signs typed data, such as a viem account or a browser's wallet. */
export type OwnerWallet = {
  readonly address: `0x${string}`;
  readonly signTypedData: (data: ReturnType<typeof typedData>) => Promise<`0x${string}`>;
};

/** How a consent is limited. */
export type ConsentOptions = {
  readonly chainId: number;
  /** The authority epoch that the owner sees; 0 for the claim. */
  readonly epoch: bigint;
  readonly nowMs: number;
  /** How long the consent is good, in seconds. 10 minutes unless given; at most 7 days. */
  readonly validSeconds?: number;
};

/** Asks the wallet to consent to the act that `build` makes. */
export async function consentTo(
  wallet: OwnerWallet,
  build: (consent: Consent) => Act,
  options: ConsentOptions,
): Promise<OwnerAct> {
  const seconds = Math.floor(options.nowMs / 1000) + (options.validSeconds ?? 600);
  const consent = {
    actId: randomId(),
    expireTime: timestampFromMs(seconds * 1000),
    epoch: options.epoch,
  };
  const signature = await wallet.signTypedData(typedData(build(consent), options.chainId));
  const member = `eip155:${options.chainId}:${wallet.address.toLowerCase()}`;
  return create(OwnerActSchema, {
    ...consent,
    proofs: [{ member, proof: { case: "eip712", value: hexToBytes(signature) } }],
  });
}

function randomId(): `0x${string}` {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
