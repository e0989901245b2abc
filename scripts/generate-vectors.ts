/** The published test vectors of the caller proof. */
import { buildVectors } from "../protocol/proof/vectors/build.ts";

/** Where they are, from the root. */
export const vectorsFile = "protocol/proof/vectors/metavault-v1.json";

/** The file's text: a vector a line. */
export async function vectorsText(): Promise<string> {
  const { requests, responses, ...rest } = await buildVectors();
  const lines = (rows: readonly object[]) =>
    `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]`;
  const head = JSON.stringify(rest, null, 1).slice(0, -2);
  return `${head},\n "requests": ${lines(requests)},\n "responses": ${lines(responses)}\n}\n`;
}
