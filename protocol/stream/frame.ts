/**
 * The frames of a stream on the wire: five bytes of flags and length, then a message. Connect
 * and gRPC-Web share them, and differ in the last frame only. Pure.
 */
import { create, fromBinary, fromJson, toBinary, toJsonString } from "@bufbuild/protobuf";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { endStreamFlag } from "@connectrpc/connect/protocol-connect";
import { trailerFlag } from "@connectrpc/connect/protocol-grpc-web";
import { WatchVaultResponseSchema } from "#gen/vault/v1/vault_messages";
import type { SignedEvent } from "./event.ts";
import { fromWatchVaultResponse, toWatchVaultResponse } from "./wire.ts";

/** The largest frame that a caller reads, in bytes. */
export const maxFrameBytes = 65_536;

/** One frame, taken apart. */
export type Frame = { readonly flags: number; readonly data: Uint8Array };

const isJson = (contentType: string) => contentType.includes("+json");
const isGrpcWeb = (contentType: string) => contentType.startsWith("application/grpc-web");

/** Whether a frame is the last one: how the call ended, in Connect's or gRPC-Web's form. */
export function isLast({ flags }: Frame, contentType: string): boolean {
  return flags === (isGrpcWeb(contentType) ? trailerFlag : endStreamFlag);
}

/** Reads the event in a frame. `undefined` when there is none. */
export function readEvent({ flags, data }: Frame, contentType: string): SignedEvent | undefined {
  if (flags !== 0) return undefined;
  try {
    const message = isJson(contentType)
      ? fromJson(WatchVaultResponseSchema, JSON.parse(new TextDecoder().decode(data)))
      : fromBinary(WatchVaultResponseSchema, data);
    return fromWatchVaultResponse(message);
  } catch {
    return undefined;
  }
}

/** Writes the frame of an event. */
export function writeEvent(event: SignedEvent, contentType: string): Uint8Array {
  const message = create(WatchVaultResponseSchema, toWatchVaultResponse(event));
  const data = isJson(contentType)
    ? new TextEncoder().encode(toJsonString(WatchVaultResponseSchema, message))
    : toBinary(WatchVaultResponseSchema, message);
  return encodeEnvelope(0, data);
}

/** Writes the last frame of a stream that ended well. */
export function writeLast(contentType: string): Uint8Array {
  const text = new TextEncoder();
  return isGrpcWeb(contentType)
    ? encodeEnvelope(trailerFlag, text.encode("grpc-status: 0\r\n"))
    : encodeEnvelope(endStreamFlag, text.encode("{}"));
}
