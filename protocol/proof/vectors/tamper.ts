/** The means of spoiling a signed request, one thing at a time. */
import type { WireRequest } from "../../exchange.ts";
import { toBase64 } from "../base64.ts";
import type { ProofFailure } from "../failure.ts";

/** One way to spoil a request. */
export type Tamper = {
  readonly name: string;
  readonly reason: ProofFailure;
  readonly spoil: (request: WireRequest) => WireRequest | Promise<WireRequest>;
  /** The kinds of key that it makes sense for; all unless given. */
  readonly keys?: readonly string[];
};

/** Names, spoils and kinds of key, all refused for one reason. */
export function refuse(
  reason: ProofFailure,
  ...rows: readonly (readonly [string, Tamper["spoil"], (readonly string[])?])[]
): Tamper[] {
  return rows.map(([name, spoil, keys]) => ({
    name,
    reason,
    spoil,
    ...(keys === undefined ? {} : { keys }),
  }));
}

/** Changes a field. */
export const header =
  (name: string, change: (value: string) => string) =>
  (request: WireRequest): WireRequest => {
    const headers = new Headers(request.headers);
    headers.set(name, change(headers.get(name) ?? ""));
    return { ...request, headers };
  };

/** Takes a field away. */
export const without =
  (name: string) =>
  (request: WireRequest): WireRequest => {
    const headers = new Headers(request.headers);
    headers.delete(name);
    return { ...request, headers };
  };

/** Changes the URL. */
export const url = (change: (url: string) => string) => (request: WireRequest) => ({
  ...request,
  url: change(request.url),
});

/** Changes the text of `Signature-Input`. */
export const input = (change: (value: string) => string) => header("signature-input", change);

/** Replaces a piece of `Signature-Input`. */
export const replace = (what: string | RegExp, by: string) =>
  input((value) => value.replace(what, by));

/** Replaces a parameter of the proof: `name` up to the next one. */
export const parameter = (name: string, by: string) =>
  replace(new RegExp(`;${name}=("[^"]*"|[^;]*)`), by);

/** Changes the bytes of the signature. */
export const signature = (change: (bytes: Uint8Array) => Uint8Array) =>
  header("signature", (value) => `mv=:${toBase64(change(decoded(value.slice(4, -1))))}:`);

/** Flips the lowest bit of a byte. */
export const flip = (index: number) => (bytes: Uint8Array) => {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
};

/** Big-endian bytes as a number. */
export const toNumber = (bytes: Uint8Array) =>
  bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

/** A number as 32 big-endian bytes. */
export const to32Bytes = (value: bigint) =>
  Uint8Array.from(value.toString(16).padStart(64, "0").match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );

const decoded = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
