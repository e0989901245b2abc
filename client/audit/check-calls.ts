/**
 * Checks the proofs of the calls in an export: that each key signed what its entries say it asked
 * for, could ask for it then, and asked once. Touches nothing but what it is given.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { OwnerActSchema } from "#gen/vault/v1/authority";
import { type CallProof, callProofDigest, parseBase } from "#protocol/ledger/call-proof";
import { fromHex, toHex } from "#protocol/ledger/entry-hash";
import { parseAccount } from "#protocol/names";
import { checkSignature } from "#protocol/proof/algorithm";
import { fromBase64 } from "#protocol/proof/base64";
import { recoverSigner } from "#protocol/proof/eip191";
import type { AuditEntry } from "./audit-file.ts";
import type { ProblemCode } from "./problem.ts";
import { accessOfPath, createRegister } from "./register.ts";

/** Reports what is wrong with an entry. */
export type Report = (code: ProblemCode, sequence: number, detail: string) => void;

/** How long after its proof's end a call may be written down, in seconds: it waits for others. */
const lateSeconds = 630;
/** How far clocks may be apart, in seconds. */
const skewSeconds = 30;

/** What only a call can cause, once proofs are kept. */
const alwaysCalled: ReadonlySet<string> = new Set([
  "VAULT_CLAIMED",
  "KEY_GRANTED",
  "KEY_REVOKED",
  "SESSION_CREATED",
  "SESSION_INSTALLED",
  "VAULT_UNFROZEN",
  "RECOVERY_PROPOSED",
  "CALL_ACCEPTED",
]);

type OpenCall = {
  readonly digest: string;
  readonly sequence: number;
  readonly path: string | undefined;
  consented: boolean;
};

/** Creates the check of one vault's calls. Entries are given one by one, the first one first. */
export function createCallCheck(vaultId: string, report: Report) {
  const register = createRegister();
  const digests = new Set<string>();
  const nonces = new Set<string>();
  const counts = { calls: 0, unproved: 0, uncheckedConsents: 0 };
  let open: OpenCall | undefined;

  const close = () => {
    const access = open?.path === undefined ? undefined : accessOfPath(open.path);
    if (open !== undefined && access?.kind === "owner" && !open.consented) {
      report("consent_missing", open.sequence, "the method takes the owners' consent");
    }
    open = undefined;
  };

  const begin = async (proof: CallProof, digest: string, { sequence, timeMs }: AuditEntry) => {
    counts.calls += 1;
    open = { digest, sequence, path: undefined, consented: false };
    if (digests.has(digest)) report("proof_reused", sequence, "the proof of an earlier call");
    digests.add(digest);
    const { keyId, base, signature } = proof;
    if (!(await checkSignature(keyId, signature, base))) {
      report("proof_signature", sequence, `the signature is not by ${keyId}`);
    }
    const call = parseBase(base);
    if (call === undefined || call.keyId !== keyId) {
      report("proof_base", sequence, "what was signed is no call of this key");
      return;
    }
    open = { ...open, path: call.path };
    if (call.vaultId !== vaultId) {
      report("proof_vault", sequence, `the call is to ${call.vaultId}`);
    }
    const nonce = `${keyId} ${call.nonce}`;
    if (nonces.has(nonce)) report("proof_reused", sequence, "the nonce of an earlier call");
    nonces.add(nonce);
    const seconds = timeMs / 1000;
    if (seconds < call.created - skewSeconds || seconds > call.expires + lateSeconds) {
      report("proof_time", sequence, "the proof is of another time than the entry");
    }
    const refused = register.refusal(keyId, call.path, timeMs);
    if (refused !== undefined) report(refused, sequence, `${keyId} could not call ${call.path}`);
  };

  const consent = (facts: Readonly<Record<string, string>>, sequence: number) => {
    if (facts.act === undefined) return;
    if (open !== undefined) open.consented = true;
    const digest = fromHex((facts.act_digest ?? "").replace(/^0x/, ""));
    const proofs = ownerProofs(facts.act_proofs ?? "");
    if (digest?.length !== 32 || proofs === undefined || proofs.length === 0) {
      report("consent_signature", sequence, "the owners' consent can't be read");
      return;
    }
    for (const { member, proof } of proofs) {
      if (proof.case !== "eip712") {
        counts.uncheckedConsents += 1;
      } else if (recoverSigner(digest, proof.value) !== parseAccount(member)?.address) {
        report("consent_signature", sequence, `the signature is not by ${member}`);
      }
    }
  };

  return {
    counts,

    /** Takes the next entry in, with its facts as they read. */
    async take(entry: AuditEntry, facts: Readonly<Record<string, string>>): Promise<void> {
      const { sequence, kind, subject, proof } = entry;
      const digest = proof === undefined ? undefined : toHex(callProofDigest(proof));
      const sameCall = digest !== undefined && digest === open?.digest;
      if (!sameCall) close();
      if (proof === undefined || digest === undefined) {
        counts.unproved += 1;
        if (counts.calls > 0 && alwaysCalled.has(kind)) {
          report("proof_missing", sequence, `${kind} is never without a call`);
        }
      } else if (!sameCall) {
        await begin(proof, digest, entry);
      }
      consent(facts, sequence);
      register.take({ kind, subject, facts, sameCall });
    },

    /** Ends the last call. */
    end: close,
  };
}

function ownerProofs(text: string) {
  try {
    const bytes = fromBase64(text);
    return bytes && fromBinary(OwnerActSchema, bytes).proofs;
  } catch {
    return undefined;
  }
}
