/**
 * Issues the vault's certificate: its identity key and session keys, in the word of the
 * deployment's attestation key.
 *
 * A certificate is kept in memory and handed out again for an hour, as long as it is still true.
 */
import type {
  CertificateClaims,
  CertifiedKey,
  VaultIdentity,
} from "#protocol/certificate/certificate";
import { type Attestation, issueCertificate } from "#protocol/certificate/issue";
import { provesPossession } from "#protocol/certificate/possession";
import { formatChain } from "#protocol/names";
import { readVault } from "../identity/vault-store.ts";
import { liveSessions } from "../session/store.ts";
import type { Database } from "../storage/database.ts";

/** How long a certificate is good, in seconds. */
const validSeconds = 3 * 86_400;

/** How long a certificate is handed out, in milliseconds. */
const keptMs = 3_600_000;

/** What issuing needs. */
export type CertifierDeps = {
  readonly db: Database;
  readonly attestation: () => Promise<Attestation>;
  /** Who issues: the API's public origin. */
  readonly issuer: string;
  readonly codeVersion: string;
};

/** Issues the certificates of one vault. */
export type Certifier = {
  /** Certifies an identity and no session: tells nobody what only readers may know. */
  readonly identity: (vault: VaultIdentity, nowMs: number) => Promise<string>;
  /** Certifies the claimed vault as it is: identity and live sessions. */
  readonly vault: (nowMs: number) => Promise<string>;
};

/** Creates the certifier. */
export function createCertifier(deps: CertifierDeps): Certifier {
  const kept = new Map<string, { readonly jws: string; readonly untilMs: number }>();

  const issue = async (
    { vaultId, claimEpoch, identityKeyId }: VaultIdentity,
    sessions: readonly CertifiedKey[],
    nowMs: number,
  ): Promise<string> => {
    const ids = sessions.map((session) => session.id);
    const stands = JSON.stringify([vaultId, claimEpoch, identityKeyId, ids]);
    const known = kept.get(stands);
    if (known !== undefined && nowMs < known.untilMs) return known.jws;
    const issuedSeconds = Math.floor(nowMs / 1000);
    const claims: CertificateClaims = {
      vaultId,
      claimEpoch,
      identityKeyId,
      issuer: deps.issuer,
      sessions,
      codeVersion: deps.codeVersion,
      issuedSeconds,
      expireSeconds: issuedSeconds + validSeconds,
    };
    const jws = await issueCertificate(await deps.attestation(), claims);
    // What is no longer true is not asked for again: two kinds of it are in use at a time.
    if (kept.size >= 4) kept.clear();
    kept.set(stands, { jws, untilMs: nowMs + keptMs });
    return jws;
  };

  return {
    identity: (vault, nowMs) => issue(vault, [], nowMs),
    vault(nowMs) {
      const vault = readVault(deps.db);
      if (vault === undefined) throw new Error("a claimed vault has no record");
      return issue(vault, certifiedKeys(deps.db, vault), nowMs);
    },
  };
}

/** The live sessions whose keys proved themselves for this very identity of the vault. */
function certifiedKeys(db: Database, vault: VaultIdentity): readonly CertifiedKey[] {
  return liveSessions(db).flatMap(({ sessionId, chainId, keyAddress, possession }) =>
    possession !== undefined && provesPossession(vault, keyAddress, possession)
      ? [{ id: sessionId, chain: formatChain(chainId), address: keyAddress, possession }]
      : [],
  );
}
