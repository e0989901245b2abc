/** Translates between the contract's messages and the session model. */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { bytesToHex, hexToBytes } from "viem";
import {
  type Delegation,
  DelegationSchema,
  type RevocationSchema,
  Session_State,
  type Session as SessionMessage,
  SessionSchema,
} from "#gen/vault/v1/session";
import { type Address, childName, formatAccount, formatChain } from "#protocol/names";
import type { StoredRevocation } from "./revocation.ts";
import type { Permission, Session } from "./session.ts";

/** Reads a permission. The contract's rules leave no malformed address. */
export function fromDelegation(message: Delegation): Permission {
  return {
    delegate: message.delegate as Address,
    delegator: message.delegator as Address,
    authority: message.authority as `0x${string}`,
    caveats: message.caveats.map((caveat) => ({
      enforcer: caveat.enforcer as Address,
      terms: bytesToHex(caveat.terms),
    })),
    salt: BigInt(message.salt),
    signature: bytesToHex(message.signature),
  };
}

/** Writes a permission. */
export function toDelegation(permission: Permission): Delegation {
  return create(DelegationSchema, {
    delegate: permission.delegate,
    delegator: permission.delegator,
    authority: permission.authority,
    caveats: permission.caveats.map((caveat) => ({
      enforcer: caveat.enforcer,
      terms: hexToBytes(caveat.terms),
    })),
    salt: permission.salt.toString(),
    signature: hexToBytes(permission.signature),
  });
}

/** Encodes a permission for storage. */
export function encodePermission(permission: Permission): Uint8Array<ArrayBuffer> {
  return new Uint8Array(toBinary(DelegationSchema, toDelegation(permission)));
}

/** Decodes a stored permission. */
export function decodePermission(bytes: Uint8Array): Permission {
  return fromDelegation(fromBinary(DelegationSchema, bytes));
}

function toRevocation({
  operation,
  hash,
  sentMs,
}: StoredRevocation): MessageInitShape<typeof RevocationSchema> {
  return {
    userOperation: JSON.stringify(operation),
    userOperationHash: hash,
    ...(sentMs === undefined ? {} : { sendTime: timestampFromMs(sentMs) }),
  };
}

/** Writes a session. */
export function toSessionMessage(
  vaultId: string,
  session: Session,
  revocation?: StoredRevocation,
): SessionMessage {
  const { chainId, permission, expireMs, disabledMs } = session;
  return create(SessionSchema, {
    name: childName(vaultId, "sessions", session.sessionId),
    state: Session_State[session.state],
    chain: formatChain(chainId),
    keyAddress: session.keyAddress,
    account: formatAccount({ chainId, address: session.accountAddress }),
    delegationManager: formatAccount({ chainId, address: session.delegationManager }),
    ...(permission === undefined ? {} : { permission: toDelegation(permission) }),
    ...(expireMs === undefined ? {} : { expireTime: timestampFromMs(expireMs) }),
    createTime: timestampFromMs(session.createdMs),
    ...(revocation === undefined ? {} : { revocation: toRevocation(revocation) }),
    ...(disabledMs === undefined ? {} : { disabledTime: timestampFromMs(disabledMs) }),
  });
}
