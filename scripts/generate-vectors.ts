/** The published test vectors of the caller proof and of signed streams. */
import { buildVectors } from "../protocol/proof/vectors/build.ts";
import { buildStreamVectors } from "../protocol/stream/vectors/build.ts";

/** Where they are, from the root. */
export const vectorsFile = "protocol/proof/vectors/metavault-v1.json";

/** The file's text. */
export async function vectorsText(): Promise<string> {
  return `${JSON.stringify(await buildVectors(), null, 1)}\n`;
}

/** Where the streams' are, from the root. */
export const streamVectorsFile = "protocol/stream/vectors/streams.json";

/** The streams' text. */
export async function streamVectorsText(): Promise<string> {
  return `${JSON.stringify(await buildStreamVectors(), null, 1)}\n`;
}
