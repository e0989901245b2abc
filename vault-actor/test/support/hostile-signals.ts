/** A signals service in the hands of somebody else: the honest one's answers, made into others. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  BatchGetObservationsRequestSchema,
  type BatchGetObservationsResponse,
  BatchGetObservationsResponseSchema,
} from "#gen/signal/v1/pull_messages";
import { type SeriesEntry, SeriesEntrySchema } from "#gen/signal/v1/snapshot";
import type { Fetch } from "#protocol/dial";
import type { FakeSignals } from "./fake-signals.ts";

/** An answer to `BatchGetObservations`. */
export type Answer = BatchGetObservationsResponse;

/** Makes an honest answer another one. `ids`: the series that were asked for. */
export type Tamper = (
  honest: Answer,
  ids: readonly string[],
) => Answer | Response | Promise<Answer | Response>;

const headers = { "content-type": "application/proto" };

/** Answers as `tamper` has it, whatever round the caller has. */
export function tampered(signals: FakeSignals, tamper: Tamper): Fetch {
  return async (request) => {
    const { names } = fromBinary(
      BatchGetObservationsRequestSchema,
      new Uint8Array(await request.clone().arrayBuffer()),
    );
    const answer = await tamper(await honestAnswer(signals, names, request), idsOf(names));
    if (answer instanceof Response) return answer;
    const body = new Uint8Array(toBinary(BatchGetObservationsResponseSchema, answer));
    return new Response(body, { headers });
  };
}

/** What the honest service says of some series now. */
export async function honestAnswer(
  signals: FakeSignals,
  names: readonly string[],
  { url, headers: asked }: Request,
): Promise<Answer> {
  const body = toBinary(
    BatchGetObservationsRequestSchema,
    create(BatchGetObservationsRequestSchema, { names: [...names] }),
  );
  const request = new Request(url, {
    method: "POST",
    headers: asked,
    body: new Uint8Array(body),
  });
  const response = await signals.fetch(request);
  return fromBinary(
    BatchGetObservationsResponseSchema,
    new Uint8Array(await response.arrayBuffer()),
  );
}

/** Changes an entry's content, whatever its digest says. */
export function rewritten(entry: Uint8Array, change: (entry: SeriesEntry) => void): Uint8Array {
  const decoded = fromBinary(SeriesEntrySchema, entry);
  change(decoded);
  return toBinary(SeriesEntrySchema, decoded);
}

function idsOf(names: readonly string[]): readonly string[] {
  return names.map((name) => name.slice("series/".length));
}
