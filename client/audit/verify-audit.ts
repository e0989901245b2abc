/**
 * Checks an export of a vault's ledger, offline: that nothing in it was altered, removed, added,
 * reordered or cut off, and that every call in it was signed by a key that could make it.
 *
 * Needs nothing but the file. Whom the file speaks for is the certificate's word, which counts as
 * much as the key that is trusted. Never throws on hostile input; goes on after what it finds.
 */
import { decodeProtectedHeader } from "jose";
import { parseClaims } from "#protocol/certificate/certificate";
import { verifyCertificate } from "#protocol/certificate/verify";
import { callProofDigest } from "#protocol/ledger/call-proof";
import { verifyCheckpoint } from "#protocol/ledger/checkpoint";
import { entryHash, genesisHash, sameBytes, toHex } from "#protocol/ledger/entry-hash";
import { fromBase64Url } from "#protocol/proof/base64";
import {
  type AuditEntry,
  type AuditHead,
  parseCheckpointLine,
  parseEntry,
  parseHead,
} from "./audit-file.ts";
import { createCallCheck } from "./check-calls.ts";
import type { AuditReport, Problem, ProblemCode } from "./problem.ts";

/** What a verifier knows. */
export type AuditOptions = {
  /** Key ids that are trusted: the vault's identity key, or the deployment's attestation keys. */
  readonly trust?: readonly string[];
  /** A checkpoint from elsewhere: the file must hold all that it counts. */
  readonly checkpoint?: string;
};

type Certified = { readonly identityKeyId: string; readonly attestationKeyId: string };

/** How many problems a report lists at most. */
const maxProblems = 1000;

/** Checks the lines of a file, which come without their ends; the last one is what follows the last end. */
export async function verifyAudit(
  lines: AsyncIterable<string> | Iterable<string>,
  options: AuditOptions = {},
): Promise<AuditReport> {
  const problems: Problem[] = [];
  const report = (code: ProblemCode, detail: string, at: Partial<Problem> = {}) => {
    if (problems.length < maxProblems) problems.push({ code, detail, ...at });
  };
  let head: AuditHead | undefined;
  let certified: Certified | undefined;
  let note: string | undefined;
  let ended = false;
  let number = 0;
  let entries = 0;
  let last: AuditEntry | undefined;
  const outer = options.checkpoint;
  const outerSize = sizeOf(outer);
  let outerHead: Uint8Array | undefined;
  let calls = createCallCheck("", () => {});

  const takeEntry = async (line: string) => {
    const entry = parseEntry(line);
    if (entry === undefined) {
      report("line_malformed", "the line is no entry", { line: number });
      return;
    }
    const { sequence } = entry;
    const at = { sequence, line: number };
    const expected = (last?.sequence ?? 0) + 1;
    if (sequence > expected) {
      const range = sequence === expected + 1 ? `${expected}` : `${expected} to ${sequence - 1}`;
      report("entry_missing", `missing before it: ${range}`, at);
    } else if (sequence < expected) {
      report("entry_out_of_order", `expected ${expected}`, at);
    }
    if (!sameBytes(entry.previousHash, last?.hash ?? genesisHash)) {
      report("link_broken", "it does not follow the entry before it", at);
    }
    const { proof } = entry;
    const proofDigest = proof === undefined ? undefined : callProofDigest(proof);
    if (!sameBytes(entry.hash, entryHash({ ...entry, proofDigest }))) {
      report("hash_wrong", "its hash is not of what it says", at);
    }
    const facts = factsOf(entry.facts);
    if (facts === undefined) report("line_malformed", "its facts can't be read", at);
    await calls.take(entry, facts ?? {});
    entries += 1;
    last = entry;
    if (sequence === outerSize) outerHead = entry.hash;
  };

  for await (const line of lines) {
    number += 1;
    if (ended) {
      report("line_malformed", "the file goes on after its end", { line: number });
      break;
    }
    if (number === 1) {
      head = parseHead(line);
      if (head === undefined) {
        report("head_malformed", "the first line is not the head of an export", { line: 1 });
        break;
      }
      calls = createCallCheck(head.vault, (code, sequence, detail) =>
        report(code, detail, { sequence, line: number }),
      );
      const found = await certify(head);
      if (typeof found === "string") report("certificate", found, { line: 1 });
      else certified = found;
    } else if (note !== undefined) {
      ended = true;
      if (line !== "") report("line_malformed", "a line after the checkpoint", { line: number });
    } else {
      note = parseCheckpointLine(line);
      if (note === undefined && line !== "") await takeEntry(line);
    }
  }
  calls.end();
  if (head !== undefined && note !== undefined && !ended) {
    report("file_truncated", "the last line has no end", { line: number });
  }

  const found = { size: last?.sequence ?? 0, head: last?.hash ?? genesisHash };
  if (head !== undefined && note === undefined) {
    report("checkpoint_missing", "the file ends without its checkpoint", { line: number });
  }
  if (head !== undefined && certified !== undefined) {
    const of = { vaultId: head.vault, identityKeyId: certified.identityKeyId };
    if (note !== undefined) {
      const checked = await verifyCheckpoint(note, of);
      if (!checked.ok) report("checkpoint_signature", `the file's checkpoint: ${checked.error}`);
      else if (checked.value.size !== found.size) {
        report("checkpoint_size", sizes("the file's checkpoint", checked.value.size, found.size));
      } else if (!sameBytes(checked.value.head, found.head)) {
        report("checkpoint_head", "the file's checkpoint has another last entry");
      }
    }
    if (outer !== undefined) {
      const checked = await verifyCheckpoint(outer, of);
      if (!checked.ok) report("checkpoint_signature", `the given checkpoint: ${checked.error}`);
      else if (checked.value.size > found.size) {
        report("checkpoint_size", sizes("the given checkpoint", checked.value.size, found.size));
      } else if (!sameBytes(checked.value.head, outerHead ?? genesisHash)) {
        const detail = `the given checkpoint has another entry ${checked.value.size}`;
        report("checkpoint_head", detail, { sequence: checked.value.size });
      }
    }
  }
  const trusted = trustIn(certified, options.trust);
  if (options.trust !== undefined && trusted === "none") {
    report("untrusted", "neither the identity key nor its certificate is of a key that you trust");
  }
  return {
    verified: problems.length === 0,
    vault: head?.vault ?? "",
    entries,
    ...calls.counts,
    identityKeyId: certified?.identityKeyId,
    attestationKeyId: certified?.attestationKeyId,
    trusted,
    head: toHex(found.head),
    problems,
  };
}

/** Checks the certificate by the key that it names itself, at the time that it was issued. */
async function certify({ vault, certificate }: AuditHead): Promise<Certified | string> {
  const kid = kidOf(certificate);
  const payload = fromBase64Url(certificate.split(".")[1] ?? "");
  const claims = payload && parseClaims(payload);
  if (kid === undefined || claims === undefined) return "certificate_malformed";
  const nowMs = claims.issuedSeconds * 1000;
  const options = { attestationKeyIds: [kid], vaultId: vault, nowMs };
  const checked = await verifyCertificate(certificate, options);
  if (!checked.ok) return checked.error;
  return { identityKeyId: checked.value.identityKeyId, attestationKeyId: kid };
}

function kidOf(jws: string): string | undefined {
  try {
    return decodeProtectedHeader(jws).kid;
  } catch {
    return undefined;
  }
}

function trustIn(certified: Certified | undefined, trust: readonly string[] = []) {
  if (certified !== undefined && trust.includes(certified.attestationKeyId)) return "attestation";
  if (certified !== undefined && trust.includes(certified.identityKeyId)) return "identity";
  return "none";
}

function sizeOf(note: string | undefined): number | undefined {
  return note === undefined ? undefined : Number(note.split("\n")[1]);
}

function sizes(whose: string, wanted: number, found: number): string {
  return wanted > found
    ? `${whose} counts ${wanted} entries: ${found + 1} to ${wanted} are missing`
    : `${whose} counts ${wanted} entries, and the file has ${found}`;
}

function factsOf(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const isText = Object.values(value).every((fact) => typeof fact === "string");
    return isText ? (value as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}
