/** Reads the owners' consent out of a request and checks it against the vault's authority. */

import { timestampMs } from "@bufbuild/protobuf/wkt";
import { hexToBytes } from "viem";
import type { OwnerAct } from "#gen/vault/v1/authority";
import { type Act, actDigest, type Consent as SignedConsent } from "#protocol/acts/act";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { parseAccount } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import type { Authority } from "../identity/authority.ts";
import { type Consent, checkConsent, type Proof } from "../identity/consent.ts";
import { consumeAct } from "../identity/replay-store.ts";
import { readAuthority } from "../identity/vault-store.ts";
import type { Database } from "../storage/database.ts";
import type { Call } from "./call.ts";

/** Who may consent. */
type Consenting = Pick<Authority, "members" | "threshold" | "epoch">;

/** Checks that `authority` consents to `act`. Spends nothing. */
export function verifyConsent(
  call: Call,
  ownerAct: OwnerAct | undefined,
  build: (consent: SignedConsent) => Act,
  authority: Consenting,
): Result<Consent, Failure> {
  if (ownerAct === undefined) {
    return refuse("FIELD_INVALID", "act: value is required", { field: "act", rule: "required" });
  }
  const consent = toConsent(call, ownerAct, build(ownerAct));
  const checked = checkConsent(consent, authority, call.nowMs);
  return checked.ok ? ok(consent) : checked;
}

/** Checks that `authority` consents to `act`, and spends the act. Runs inside the commit. */
export function spendConsent(
  db: Database,
  call: Call,
  ownerAct: OwnerAct | undefined,
  build: (consent: SignedConsent) => Act,
  authority: Consenting = readAuthority(db),
): Result<void, Failure> {
  const consent = verifyConsent(call, ownerAct, build, authority);
  if (!consent.ok) return consent;
  const { type, expireMs } = consent.value;
  if (consumeAct(db, ownerAct?.actId ?? "", expireMs)) return ok(undefined);
  return refuse("OWNER_PROOF_REJECTED", "the act was carried out before", {
    act: type,
    cause: "act_reused",
  });
}

function toConsent(call: Call, ownerAct: OwnerAct, act: Act): Consent {
  const chainId = parseAccount(call.vaultId)?.chainId ?? 0;
  return {
    type: act.type,
    digest: hexToBytes(actDigest(act, chainId)),
    epoch: Number(ownerAct.epoch),
    // The owners sign whole seconds.
    expireMs:
      ownerAct.expireTime === undefined
        ? 0
        : Math.floor(timestampMs(ownerAct.expireTime) / 1000) * 1000,
    proofs: ownerAct.proofs.map(toProof),
  };
}

function toProof(proof: OwnerAct["proofs"][number]): Proof {
  return proof.proof.case === "eip712"
    ? { kind: "eip712", member: proof.member, signature: proof.proof.value }
    : { kind: "unsupported", member: proof.member };
}
