/** Cuts a file into lines at its line feeds, and nowhere else. Pure. */

/** The most bytes of a line: 1 MiB. What is longer is no line of an export. */
const maxLineBytes = 1_048_576;

/** What stands for a line that is no text or too long: no export has such a line. */
const unreadable = "\u0000";

/**
 * Gives the lines of `chunks` without their ends; the last one is what follows the last end, and so
 * is empty for a file that ends well.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield textOf([...parts, chunk.subarray(start, end)]);
      parts = [];
      length = 0;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    // Kept no longer than it can be a line: a file must not fill the memory.
    if (length <= maxLineBytes + chunk.length) parts.push(rest);
  }
  yield textOf(parts);
}

function textOf(parts: readonly Uint8Array[]): string {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  if (bytes.length > maxLineBytes) return unreadable;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return unreadable;
  }
}
