/**
 * A session whose key the vault's certificate names: the only kind that an owner is asked to
 * grant anything to.
 */
import type { Session } from "#gen/vault/v1/session";
import { hybridAccount, sessionSalt } from "#protocol/account/hybrid-account";
import type { VaultCertificate } from "#protocol/certificate/verify";
import { type Address, childName, formatAccount, parseChain } from "#protocol/names";
import { UntrustedResponseError } from "./untrusted-response.ts";

/** The contracts of the chain that session accounts come from. Know them; don't ask for them. */
export type SessionContracts = { readonly factory: Address; readonly implementation: Address };

type Facts = Pick<
  CertifiedSession,
  "vaultId" | "name" | "chainId" | "keyAddress" | "accountAddress" | "account"
>;

/** A certified session. Only {@link CertifiedSession.of} makes one. */
export class CertifiedSession {
  readonly #certified = true;
  /** The vault's CAIP-10 id. */
  readonly vaultId: string;
  /** The session's name. */
  readonly name: string;
  readonly chainId: number;
  /** The address of the session key, which proved itself in the certificate. */
  readonly keyAddress: Address;
  /** The session account of that key. */
  readonly accountAddress: Address;
  /** The same account as a CAIP-10 id. */
  readonly account: string;

  private constructor(facts: Facts) {
    this.vaultId = facts.vaultId;
    this.name = facts.name;
    this.chainId = facts.chainId;
    this.keyAddress = facts.keyAddress;
    this.accountAddress = facts.accountAddress;
    this.account = facts.account;
    Object.freeze(this);
  }

  /** Whether a value is one, and not something that looks like it. */
  static is(value: object): value is CertifiedSession {
    return #certified in value && value.#certified;
  }

  /**
   * Certifies a session: its key is in the vault's certificate, and its account follows from that
   * key and from contracts that the caller knows. Throws an `UntrustedResponseError` with
   * `session_uncertified` or `session_substituted`.
   */
  static of(
    certificate: VaultCertificate,
    session: Session,
    contracts: SessionContracts,
  ): CertifiedSession {
    const { vaultId } = certificate;
    const { name } = session;
    const key = certificate.sessions.find(({ id }) => childName(vaultId, "sessions", id) === name);
    if (key === undefined) throw new UntrustedResponseError("session_uncertified");
    const keyAddress = key.address;
    const chainId = parseChain(key.chain) ?? 0;
    const { address: accountAddress } = hybridAccount({
      ...contracts,
      owner: keyAddress,
      salt: sessionSalt(keyAddress),
    });
    const account = formatAccount({ chainId, address: accountAddress });
    const isAsTold =
      session.keyAddress === keyAddress &&
      session.chain === key.chain &&
      session.account === account;
    if (!isAsTold) throw new UntrustedResponseError("session_substituted");
    return new CertifiedSession({ vaultId, name, chainId, keyAddress, accountAddress, account });
  }
}
