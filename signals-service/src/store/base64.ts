/** Writes bytes as base64, in which many rows travel as one parameter. Pure. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
