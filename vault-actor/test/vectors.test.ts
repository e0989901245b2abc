/** The published vectors of the caller proof, on the platform that verifies them. */
import { expect, test } from "vitest";
import vectors from "../../protocol/proof/vectors/metavault-v1.json";
import {
  type Vectors,
  verdictOfRequest,
  verdictOfResponse,
} from "../../protocol/proof/vectors/run.ts";

const document = vectors as unknown as Vectors;

test("every vector has its verdict in workerd too", async () => {
  const wrong: string[] = [];
  for (const vector of document.requests) {
    const verdict = await verdictOfRequest(document, vector);
    if (verdict !== vector.expect) wrong.push(`${vector.key}: ${vector.name}: ${verdict}`);
  }
  for (const vector of document.responses) {
    const verdict = await verdictOfResponse(document, vector);
    if (verdict !== vector.expect) wrong.push(`answer: ${vector.name}: ${verdict}`);
  }
  expect(wrong).toEqual([]);
});
