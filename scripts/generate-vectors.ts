/** The published test vectors of the caller proof. */
import { buildVectors } from "../protocol/proof/vectors/build.ts";

/** Where they are, from the root. */
export const vectorsFile = "protocol/proof/vectors/metavault-v1.json";

/** The file's text. */
export async function vectorsText(): Promise<string> {
  return `${JSON.stringify(await buildVectors(), null, 1)}\n`;
}
