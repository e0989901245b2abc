/**
 * The series of publishers, as the deployment's setting `PUBLISHERS` describes them.
 *
 * Pure. A JSON array of `{keyId, namespace, series}`: the key that publishes, the part after
 * `custom.` that its ids begin with, and its series as the contract's `Series` in protobuf's
 * JSON. What the key, the namespace and the kind of publishing settle is not written there.
 */
import { create, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type Series, SeriesSchema } from "#gen/signal/v1/series";
import { parseKeyId } from "#protocol/proof/key-id";
import { publisherSource } from "../aggregate/rank.ts";
import { customProblem } from "./custom-check.ts";
import { define } from "./define.ts";

/** A publisher and its series. */
export type Publisher = {
  readonly keyId: string;
  /** Lowercase letters, digits and `_`. No two publishers share one. */
  readonly namespace: string;
  readonly series: readonly Series[];
};

const maxPublishers = 100;
const maxSeries = 100;
const fields = ["keyId", "namespace", "series"];

/** Reads the setting. Throws on the first thing that is wrong, and says where it is. */
export function readPublishers(text: string | undefined): readonly Publisher[] {
  if (text === undefined || text.trim() === "") return [];
  const json = parse(text);
  if (!Array.isArray(json)) throw bad("", "not a JSON array");
  if (json.length > maxPublishers) throw bad("", `more than ${maxPublishers} publishers`);
  const publishers = json.map((one: unknown, i) => readPublisher(one, `[${i}]`));
  const namespaces = new Set<string>();
  for (const [i, { namespace }] of publishers.entries()) {
    if (namespaces.has(namespace)) throw bad(`[${i}].namespace`, "another publisher has it");
    namespaces.add(namespace);
  }
  return publishers;
}

function readPublisher(json: unknown, at: string): Publisher {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw bad(at, "not an object");
  }
  const unknown = Object.keys(json).find((name) => !fields.includes(name));
  if (unknown !== undefined) throw bad(`${at}.${unknown}`, "no such field");
  const { keyId, namespace, series } = json as Partial<Record<keyof Publisher, unknown>>;
  if (typeof keyId !== "string" || parseKeyId(keyId) === undefined) {
    throw bad(`${at}.keyId`, "not a key id");
  }
  if (typeof namespace !== "string" || !/^[a-z0-9_]{1,32}$/.test(namespace)) {
    throw bad(`${at}.namespace`, "not 1 to 32 of a-z 0-9 _");
  }
  if (!Array.isArray(series) || series.length === 0 || series.length > maxSeries) {
    throw bad(`${at}.series`, `not an array of 1 to ${maxSeries}`);
  }
  const from = { keyId, namespace };
  const all = series.map((one: JsonValue, i) => readSeries(one, from, `${at}.series[${i}]`));
  for (const [i, { id }] of all.entries()) {
    if (all.findIndex((other) => other.id === id) < i) throw bad(`${at}.series[${i}].id`, "twice");
  }
  return { keyId, namespace, series: all };
}

function readSeries(
  json: JsonValue,
  { keyId, namespace }: Pick<Publisher, "keyId" | "namespace">,
  at: string,
): Series {
  let read: Series;
  try {
    read = fromJson(SeriesSchema, json);
  } catch (fault) {
    throw bad(at, fault instanceof Error ? fault.message : String(fault));
  }
  const problem = customProblem(read, namespace);
  if (problem !== undefined) throw bad(`${at}.${problem.field}`, problem.what);
  return define({
    ...create(SeriesSchema, read),
    minSources: 1,
    aggregation: 1,
    sources: [publisherSource],
    publisherKeyId: keyId,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad("", "not JSON");
  }
}

function bad(at: string, what: string): Error {
  return new Error(`PUBLISHERS${at}: ${what}`);
}
