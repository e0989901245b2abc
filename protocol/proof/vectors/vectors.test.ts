import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildVectors } from "./build.ts";
import { type Vectors, verdictOfRequest, verdictOfResponse } from "./run.ts";

const file = `${import.meta.dirname}/metavault-v1.json`;
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const { requests, responses } = vectors;

describe("the published vectors", () => {
  test("are what their generator makes", async () => {
    expect(JSON.parse(JSON.stringify(await buildVectors()))).toEqual(vectors);
  });

  test("are many, and none is named twice for a key", () => {
    const negative = requests.filter((vector) => vector.expect !== "ok");
    const names = requests.map(({ key, name }) => `${key}: ${name}`);
    expect(negative.length).toBeGreaterThan(700);
    expect(new Set(negative.map((vector) => vector.expect)).size).toBeGreaterThan(22);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(requests)("$key: $name → $expect", async (vector) => {
    expect(await verdictOfRequest(vectors, vector)).toBe(vector.expect);
  });

  test.each(responses)("answer: $name → $expect", async (vector) => {
    expect(await verdictOfResponse(vectors, vector)).toBe(vector.expect);
  });
});
