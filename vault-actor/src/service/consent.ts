/**
 * Reads the members' consent out of a request and checks it.
 *
 * In two steps, because some signatures are checked by the chain: `verifyConsent` checks the
 * signatures and may wait; `spendConsent` decides and spends the act, in the transaction that
 * carries it out, against the authority of that moment.
 */
import { toBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { bytesToHex, hexToBytes } from "viem";
import { type OwnerAct, OwnerActSchema } from "#gen/vault/v1/authority";
import { type Act, actDigest, type Consent as SignedConsent } from "#protocol/acts/act";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { formatChain, parseAccount } from "#protocol/names";
import { toBase64 } from "#protocol/proof/base64";
import { ok, type Result } from "#protocol/result";
import {
  type Consent,
  type Consenting,
  checkConsent,
  membersFor,
  type Quorum,
} from "../identity/consent.ts";
import { type CheckProof, checkProof } from "../identity/proof.ts";
import { consumeAct } from "../identity/replay-store.ts";
import { readAuthority } from "../identity/vault-store.ts";
import { toMemberProof } from "../identity/wire.ts";
import { noteAct } from "../ledger/cause.ts";
import type { Database } from "../storage/database.ts";
import type { AdmitLookup } from "./admit-lookup.ts";
import type { Call } from "./call.ts";

/** What checking a consent needs. */
export type ConsentDeps = {
  readonly db: Database;
  readonly checkProof: CheckProof;
  /** Asked before the chain is, for a proof that only the chain can check. */
  readonly admitLookup: AdmitLookup;
};

/** Whose consent is wanted. The vault's own authority unless told. */
export type ConsentOptions = {
  readonly authority?: Consenting;
  /** The owners unless told. */
  readonly quorum?: Quorum;
};

/** Checks the signatures of a consent to the act that `build` makes. Spends nothing. */
export async function verifyConsent(
  deps: ConsentDeps,
  call: Call,
  ownerAct: OwnerAct | undefined,
  build: (consent: SignedConsent) => Act,
  options: ConsentOptions = {},
): Promise<Result<Consent, Failure>> {
  if (ownerAct === undefined) {
    return refuse("FIELD_INVALID", "act: value is required", { field: "act", rule: "required" });
  }
  const { quorum = "owners" } = options;
  const authority = options.authority ?? readAuthority(deps.db);
  const act = build(ownerAct);
  const consent: Consent = {
    type: act.type,
    actId: ownerAct.actId,
    epoch: Number(ownerAct.epoch),
    // The owners sign whole seconds.
    expireMs:
      ownerAct.expireTime === undefined
        ? 0
        : Math.floor(timestampMs(ownerAct.expireTime) / 1000) * 1000,
    signers: new Set(ownerAct.proofs.map((proof) => proof.member)),
  };
  if (consent.signers.size !== ownerAct.proofs.length) {
    return refuse("OWNER_PROOF_REJECTED", "a member signs an act once", {
      act: act.type,
      cause: "member",
    });
  }
  // What costs nothing comes first: nobody else is asked for a consent that can't hold anyway.
  const early = checkConsent(consent, authority, quorum, call.nowMs);
  if (!early.ok) return early;
  const chainId = parseAccount(call.vaultId)?.chainId ?? 0;
  const digest = hexToBytes(actDigest(act, chainId)) as Uint8Array<ArrayBuffer>;
  const members = membersFor(authority, quorum);
  // The chain is asked last, so that a consent that fails here costs nobody a question there.
  const asksChain = ({ member }: OwnerAct["proofs"][number]) =>
    members.get(member)?.kind === "CONTRACT" ? 1 : 0;
  const proofs = ownerAct.proofs.toSorted((a, b) => asksChain(a) - asksChain(b));
  for (const wire of proofs) {
    const member = members.get(wire.member);
    const proof = toMemberProof(wire);
    if (member?.kind === "CONTRACT") {
      const admitted = deps.admitLookup(call);
      if (!admitted.ok) return admitted;
    }
    const verdict =
      member === undefined || proof === undefined
        ? "invalid"
        : await checkProof(proof, member, digest, deps.checkProof);
    if (verdict === "valid") continue;
    if (verdict === "unavailable") {
      const metadata = { chain: formatChain(parseAccount(wire.member)?.chainId ?? chainId) };
      return refuse("CHAIN_UNAVAILABLE", "the chain's nodes do not agree or answer", metadata);
    }
    if (verdict === "unsupported") {
      const feature = `OwnerProof.${wire.proof.case}`;
      return refuse("FEATURE_UNAVAILABLE", `${feature} is not served`, { feature });
    }
    return refuse("OWNER_PROOF_REJECTED", "the signature is not this member's over this act", {
      act: act.type,
      cause: "signature",
    });
  }
  const proof = toBase64(toBinary(OwnerActSchema, ownerAct));
  return ok({ ...consent, signed: { type: act.type, digest: bytesToHex(digest), proofs: proof } });
}

/** Decides about a verified consent and spends its act. Runs inside the commit. */
export function spendConsent(
  db: Database,
  call: Call,
  consent: Consent,
  options: ConsentOptions = {},
): Result<void, Failure> {
  const { quorum = "owners", authority = readAuthority(db) } = options;
  const checked = checkConsent(consent, authority, quorum, call.nowMs);
  if (!checked.ok) return checked;
  if (consumeAct(db, consent.actId, consent.expireMs)) {
    if (consent.signed !== undefined) noteAct(db, consent.signed);
    return ok(undefined);
  }
  return refuse("OWNER_PROOF_REJECTED", "the act was carried out before", {
    act: consent.type,
    cause: "act_reused",
  });
}
