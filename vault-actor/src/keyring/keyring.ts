/**
 * Makes and keeps the vault's own keys: sealed at rest, never returned.
 *
 * Making a key is in two steps, because sealing awaits and writing must be part of the
 * caller's transaction: `prepare…` gives what to write, and `write` writes it. Using the session
 * key has one way (`sign-operation.ts`); nothing here signs a digest or exports a key.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { VaultIdentity } from "#protocol/certificate/certificate";
import { possessionDigest } from "#protocol/certificate/possession";
import type { Address } from "#protocol/names";
import { addressOf, signDigest } from "#protocol/proof/eip191";
import { isUnderWay } from "../execution/attempt-store.ts";
import type { SessionOperation } from "../execution/session-operation.ts";
import { secretIdOf } from "../session/session.ts";
import type { Database } from "../storage/database.ts";
import { createDataKey, unwrapDataKey, type WrappedDataKey } from "./data-key.ts";
import type { Keks } from "./kek.ts";
import { open, openSigningKey, type SealLabel, seal, sealSigningKey } from "./seal.ts";
import { type SignOperation, withOpenSession } from "./sign-operation.ts";
import {
  deleteSecret,
  deleteSecrets,
  insertDataKey,
  insertSecret,
  readDataKey,
  readSecret,
  type SealedSecret,
} from "./store.ts";

/** A key that is made and not yet written. */
export type PreparedSecret = {
  readonly secret: SealedSecret;
  /** The data key, when this is the vault's first secret. */
  readonly dataKey: WrappedDataKey | undefined;
};

/** Creates the keyring of one vault. `claimed` tells whether the tables exist. */
export function createKeyring(deps: {
  readonly db: Database;
  /** The vault's id; asked for only after the claim. */
  readonly vaultId: () => string;
  readonly keks: () => Promise<Keks>;
  readonly claimed: () => boolean;
}) {
  const { db } = deps;
  let identity: Promise<CryptoKey> | undefined;

  const dataKey = async (vaultId: string) => {
    const keks = await deps.keks();
    const stored = deps.claimed() ? readDataKey(db) : undefined;
    if (stored === undefined) {
      const made = await createDataKey(keks, vaultId, 1);
      return { key: made.key, version: 1, fresh: made.stored };
    }
    const key = await unwrapDataKey(keks, vaultId, stored);
    return { key, version: stored.version, fresh: undefined };
  };

  const prepare = async (
    label: SealLabel,
    sealIt: (dataKey: CryptoKey, label: SealLabel) => Promise<Uint8Array<ArrayBuffer>>,
  ): Promise<PreparedSecret> => {
    const { key, version, fresh } = await dataKey(label.vaultId);
    const { secretId, purpose, epoch } = label;
    const sealed = await sealIt(key, label);
    return {
      secret: { secretId, purpose, dataKeyVersion: version, epoch, sealed },
      dataKey: fresh,
    };
  };

  const sealedOf = async (secretId: string, purpose: SealLabel["purpose"]) => {
    const secret = readSecret(db, secretId);
    const stored = secret && readDataKey(db, secret.dataKeyVersion);
    if (secret === undefined || stored === undefined) throw new Error(`no secret ${secretId}`);
    const vaultId = deps.vaultId();
    const key = await unwrapDataKey(await deps.keks(), vaultId, stored);
    return { key, label: { vaultId, secretId, purpose, epoch: secret.epoch }, secret };
  };

  const loadIdentity = async () => {
    const { key, label, secret } = await sealedOf("identity", "identity");
    return openSigningKey(key, label, secret.sealed);
  };

  const isCurrent = ({ secret, dataKey: fresh }: PreparedSecret): boolean => {
    const stored = deps.claimed() ? readDataKey(db)?.version : undefined;
    return fresh === undefined ? stored === secret.dataKeyVersion : stored === undefined;
  };

  return {
    /** Makes the identity key, which signs responses, for the vault that is being claimed. */
    async prepareIdentity(vaultId: string, epoch: number) {
      const pair = (await crypto.subtle.generateKey("Ed25519", true, [
        "sign",
        "verify",
      ])) as CryptoKeyPair;
      const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
      const label = { vaultId, secretId: "identity", purpose: "identity", epoch } as const;
      const prepared = await prepare(label, (key) => sealSigningKey(key, label, pair.privateKey));
      return { prepared, publicKey: new Uint8Array(raw) };
    },

    /** Makes a session key (secp256k1), and its proof that it is this vault's. */
    async prepareSession(secretId: string, epoch: number, vault: VaultIdentity) {
      const secretKey = secp256k1.utils.randomSecretKey() as Uint8Array<ArrayBuffer>;
      try {
        const address: Address = addressOf(secp256k1.getPublicKey(secretKey, false));
        const possession = signDigest(possessionDigest(vault), secretKey);
        const label = { vaultId: deps.vaultId(), secretId, purpose: "session", epoch } as const;
        const prepared = await prepare(label, (key) => seal(key, label, secretKey));
        return { prepared, address, possession };
      } finally {
        secretKey.fill(0);
      }
    },

    /** Whether a prepared key can be written: the data key that seals it is still the vault's. */
    isCurrent,

    /** Writes a prepared key, in the caller's transaction. Throws unless it is current. */
    write(prepared: PreparedSecret, nowMs: number): void {
      if (!isCurrent(prepared)) throw new Error("the data key changed since the key was prepared");
      if (prepared.dataKey !== undefined) insertDataKey(db, prepared.dataKey);
      insertSecret(db, prepared.secret, nowMs);
    },

    /** Whether a session's key is here. */
    holds(sessionId: string): boolean {
      return readSecret(db, secretIdOf(sessionId)) !== undefined;
    },

    /**
     * Deletes a session's key for good, in the caller's transaction: unless something that it
     * signed is still under way, which it alone can void. It signs nothing else, and is deleted
     * when that has ended.
     */
    forget(sessionId: string): void {
      if (!isUnderWay(db, sessionId)) deleteSecret(db, secretIdOf(sessionId));
    },

    /** Destroys every key of the vault, in the caller's transaction: others take their place. */
    destroy(): void {
      deleteSecrets(db);
      identity = undefined;
    },

    /** The identity key, which can sign and can't be read. */
    identity(): Promise<CryptoKey> {
      identity ??= loadIdentity().catch((fault: unknown) => {
        identity = undefined;
        throw fault;
      });
      return identity;
    },

    /**
     * Opens the key of an operation's session for the time of `use`, which is synchronous. See
     * `withOpenSession`. Only the execution's submit step has a use for it: services see a
     * `KeyMaker`.
     */
    withSession<T>(candidate: SessionOperation, use: (sign: SignOperation) => T): Promise<T> {
      const unseal = async (sessionId: string) => {
        const { key, label, secret } = await sealedOf(secretIdOf(sessionId), "session");
        return open(key, label, secret.sealed);
      };
      return withOpenSession({ db, vaultId: deps.vaultId(), unseal }, candidate, use);
    },
  };
}

/** The keyring of one vault. */
export type Keyring = ReturnType<typeof createKeyring>;

/** The part that makes, writes and deletes keys. It can't use one. */
export type KeyMaker = Omit<Keyring, "identity" | "withSession">;
