/**
 * Makes and keeps the vault's own keys: sealed at rest, never returned.
 *
 * Making a key is in two steps, because sealing awaits and writing must be part of the
 * caller's transaction: `prepare…` gives what to write, and `write` writes it.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { Address } from "#protocol/names";
import { addressOf, signDigest } from "#protocol/proof/eip191";
import type { Database } from "../storage/database.ts";
import { createDataKey, unwrapDataKey, type WrappedDataKey } from "./data-key.ts";
import type { Keks } from "./kek.ts";
import { open, type SealLabel, seal } from "./seal.ts";
import {
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
    vaultId: string,
    secretId: string,
    purpose: SealLabel["purpose"],
    epoch: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<PreparedSecret> => {
    const { key, version, fresh } = await dataKey(vaultId);
    const sealed = await seal(key, { vaultId, secretId, purpose, epoch }, bytes);
    return {
      secret: { secretId, purpose, dataKeyVersion: version, epoch, sealed },
      dataKey: fresh,
    };
  };

  const unseal = async (secretId: string, purpose: SealLabel["purpose"]) => {
    const secret = readSecret(db, secretId);
    const stored = secret && readDataKey(db, secret.dataKeyVersion);
    if (secret === undefined || stored === undefined) throw new Error(`no secret ${secretId}`);
    const vaultId = deps.vaultId();
    const key = await unwrapDataKey(await deps.keks(), vaultId, stored);
    return open(key, { vaultId, secretId, purpose, epoch: secret.epoch }, secret.sealed);
  };

  const loadIdentity = async () => {
    const bytes = await unseal("identity", "identity");
    const key = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", false, ["sign"]);
    bytes.fill(0);
    return key;
  };

  return {
    /** Makes the identity key, which signs responses, for the vault that is being claimed. */
    async prepareIdentity(vaultId: string, epoch: number) {
      const pair = (await crypto.subtle.generateKey("Ed25519", true, [
        "sign",
        "verify",
      ])) as CryptoKeyPair;
      const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
      const bytes = (await crypto.subtle.exportKey("pkcs8", pair.privateKey)) as ArrayBuffer;
      const prepared = await prepare(vaultId, "identity", "identity", epoch, new Uint8Array(bytes));
      new Uint8Array(bytes).fill(0);
      return { prepared, publicKey: new Uint8Array(raw) };
    },

    /** Makes a session key (secp256k1). */
    async prepareSession(secretId: string, epoch: number) {
      const secretKey = new Uint8Array(secp256k1.utils.randomSecretKey());
      const address: Address = addressOf(secp256k1.getPublicKey(secretKey, false));
      const prepared = await prepare(deps.vaultId(), secretId, "session", epoch, secretKey);
      secretKey.fill(0);
      return { prepared, address };
    },

    /** Writes a prepared key, in the caller's transaction. */
    write({ secret, dataKey: fresh }: PreparedSecret, nowMs: number): void {
      if (fresh !== undefined && readDataKey(db, fresh.version) === undefined) {
        insertDataKey(db, fresh);
      }
      insertSecret(db, secret, nowMs);
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
     * Opens a session key for the time of `use`, which is synchronous, and wipes it.
     * Only the execution's submit step may call this (a lint rule keeps it so).
     */
    async withSessionKey<T>(
      secretId: string,
      use: (sign: (digest: Uint8Array) => Uint8Array) => T,
    ): Promise<T> {
      const secretKey = await unseal(secretId, "session");
      try {
        return use((digest) => signDigest(digest, secretKey));
      } finally {
        secretKey.fill(0);
      }
    },
  };
}

/** The keyring of one vault. */
export type Keyring = ReturnType<typeof createKeyring>;
