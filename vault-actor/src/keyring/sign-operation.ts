/**
 * Signs a session's operation: the one path on which a sealed key becomes bytes.
 *
 * Takes no digest. It is given a typed operation, tells by itself whether that is this vault's
 * session's own, opens the key only then, and signs only what `reserveOperation` made, whose
 * hash it computes here. The bytes are wiped on every way out.
 */
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { signDigest } from "#protocol/proof/eip191";
import { isReserved, type ReservedOperation } from "../execution/reservation.ts";
import { foreignPart, type SessionOperation } from "../execution/session-operation.ts";
import { operationHash, signingDigest } from "../execution/user-operation.ts";
import type { Database } from "../storage/database.ts";

/** A signature, and the hash under which bundlers and the entry point know the operation. */
export type OperationSignature = { readonly signature: Hex; readonly hash: Hex };

/** Signs a reserved operation. Throws for any other, and once its key is wiped. */
export type SignOperation = (reserved: ReservedOperation) => OperationSignature;

/**
 * Opens the key of the operation's session for the time of `use`, which is synchronous: it
 * reserves, signs and records in one transaction. Throws, with the key still sealed, when the
 * operation is not this vault's session's.
 */
export async function withOpenSession<T>(
  deps: {
    readonly db: Database;
    readonly vaultId: string;
    /** Opens the key. What it returns is wiped here. */
    readonly unseal: (sessionId: string) => Promise<Uint8Array<ArrayBuffer>>;
  },
  candidate: SessionOperation,
  use: (sign: SignOperation) => T,
): Promise<T> {
  const { db, vaultId } = deps;
  refuseForeign(vaultId, candidate);
  const { sessionId } = candidate.session;
  const secretKey = await deps.unseal(sessionId);
  let isOpen = true;
  try {
    return use((reserved) => {
      if (!isOpen) throw new Error("the session key is wiped");
      if (!isReserved(db, reserved)) throw new Error("nothing is reserved for this operation");
      if (reserved.session.sessionId !== sessionId) throw new Error("another session's operation");
      refuseForeign(vaultId, reserved);
      const { userOperation, chain } = reserved;
      const { entryPoint, chainId, entryPointVersion } = chain;
      const digest = signingDigest(userOperation, entryPoint, chainId);
      const signature = bytesToHex(signDigest(hexToBytes(digest), secretKey));
      const hash = operationHash(userOperation, entryPoint, chainId, entryPointVersion);
      return { signature, hash };
    });
  } finally {
    isOpen = false;
    secretKey.fill(0);
  }
}

function refuseForeign(vaultId: string, operation: SessionOperation): void {
  const part = foreignPart(vaultId, operation);
  if (part !== undefined) throw new Error(`not an operation of this vault's session: ${part}`);
}
