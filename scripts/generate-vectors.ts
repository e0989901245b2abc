/** The published test vectors of the caller proof, of signed streams and of webhooks. */
import { buildVectors } from "../protocol/proof/vectors/build.ts";
import { buildStreamVectors } from "../protocol/stream/vectors/build.ts";
import { buildWebhookVectors } from "../protocol/webhook/vectors/build.ts";

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

/** Where the streams' are, from the root. */
export const streamVectorsFile = "protocol/stream/vectors/streams.json";

/** The streams' text. */
export async function streamVectorsText(): Promise<string> {
  return `${JSON.stringify(await buildStreamVectors(), null, 1)}\n`;
}

/** Where the webhooks' are, from the root. */
export const webhookVectorsFile = "protocol/webhook/vectors/metavault-webhook-v1.json";

/** The webhooks' text. */
export async function webhookVectorsText(): Promise<string> {
  return `${JSON.stringify(await buildWebhookVectors(), null, 1)}\n`;
}
