/** Translates between the contract's messages and the notary's model. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import {
  type Hold as HoldMessage,
  HoldSchema,
  type Note as NoteMessage,
  NoteRequestSchema,
  NoteResponseSchema,
  NoteSchema,
} from "#gen/internal/v1/notary";
import { formatChain, parseAccount } from "#protocol/names";
import { fromMember, toAuthorityMessage } from "../identity/wire.ts";
import type { Hold, Note } from "./note.ts";

/** Encodes a note. */
export function encodeNote(note: Note): Uint8Array<ArrayBuffer> {
  const { vaultId, head, authority, holds } = note;
  const message = create(NoteSchema, {
    vaultId,
    claimEpoch: BigInt(head.claimEpoch),
    generation: BigInt(head.generation),
    sequence: BigInt(head.sequence),
    root: hexToBytes(head.root),
    authority: toAuthorityMessage(vaultId, authority, undefined),
    holds: holds.map((hold) => toHoldMessage(vaultId, hold)),
  });
  return new Uint8Array(toBinary(NoteSchema, message));
}

/** Decodes a note. Throws when the bytes are no note. */
export function decodeNote(bytes: Uint8Array): Note {
  return fromNoteMessage(fromBinary(NoteSchema, bytes));
}

function fromNoteMessage(message: NoteMessage): Note {
  const { authority } = message;
  if (message.root.length !== 32 || authority === undefined) throw new Error("malformed note");
  return {
    vaultId: message.vaultId,
    head: {
      claimEpoch: Number(message.claimEpoch),
      generation: Number(message.generation),
      sequence: Number(message.sequence),
      root: bytesToHex(message.root),
    },
    authority: {
      members: authority.members.map(fromMember),
      threshold: authority.threshold,
      epoch: Number(authority.epoch),
      version: Number(authority.version),
    },
    holds: message.holds.map(fromHoldMessage),
  };
}

function toHoldMessage(vaultId: string, hold: Hold): HoldMessage {
  const { operation } = hold;
  return create(HoldSchema, {
    executionId: hold.executionId,
    keyId: hold.keyId,
    triggerId: hold.triggerId,
    ...(operation === undefined
      ? {}
      : {
          chain: formatChain(parseAccount(vaultId)?.chainId ?? 0),
          sender: operation.sender,
          nonce: operation.nonce,
          operationHash: operation.hash,
        }),
    amounts: [...hold.amounts].map(([asset, amount]) => ({ asset, amount: String(amount) })),
    time: timestampFromMs(hold.atMs),
    operations: hold.operations === 1 ? 0 : hold.operations,
  });
}

function fromHoldMessage(message: HoldMessage): Hold {
  const { sender, nonce, operationHash, time } = message;
  return {
    executionId: message.executionId,
    keyId: message.keyId,
    triggerId: message.triggerId,
    operation:
      operationHash === ""
        ? undefined
        : { sender: sender as Hex, nonce: nonce as Hex, hash: operationHash as Hex },
    amounts: new Map(message.amounts.map(({ asset, amount }) => [asset, BigInt(amount)])),
    atMs: time === undefined ? 0 : timestampMs(time),
    operations: Math.max(1, message.operations),
  };
}

/** Encodes what a vault sends. */
export function encodeRequest(note: Uint8Array, mac: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = create(NoteRequestSchema, {
    note: new Uint8Array(note),
    mac: new Uint8Array(mac),
  });
  return new Uint8Array(toBinary(NoteRequestSchema, message));
}

/** Decodes what a vault sends. Throws when the bytes are no request. */
export function decodeRequest(bytes: Uint8Array): { note: Uint8Array; mac: Uint8Array } {
  return fromBinary(NoteRequestSchema, bytes);
}

/** What the notary answers. */
export type Answer = { readonly held: Note | undefined; readonly accepted: boolean };

/** Encodes the notary's answer; `held` is an encoded note. */
export function encodeAnswer(answer: {
  readonly held: Uint8Array | undefined;
  readonly accepted: boolean;
}): Uint8Array<ArrayBuffer> {
  const { held, accepted } = answer;
  const message = create(NoteResponseSchema, {
    accepted,
    ...(held === undefined ? {} : { held: fromBinary(NoteSchema, held) }),
  });
  return new Uint8Array(toBinary(NoteResponseSchema, message));
}

/** Decodes the notary's answer. Throws when the bytes are none. */
export function decodeAnswer(bytes: Uint8Array): Answer {
  const { held, accepted } = fromBinary(NoteResponseSchema, bytes);
  return { held: held === undefined ? undefined : fromNoteMessage(held), accepted };
}
