/** Takes observations of publishers in: each call once, each series by its own publisher only. */
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CustomObservation,
  type PublishObservationsRequest,
  PublishObservationsRequestSchema,
  type PublishObservationsResponse,
  PublishObservationsResponseSchema,
} from "#gen/signal/v1/publish_messages";
import type { SignalService } from "#gen/signal/v1/signal_service";
import { toConnectError } from "#protocol/errors";
import { type Failure, refuse } from "#protocol/failure";
import { err, ok, type Result } from "#protocol/result";
import { publisherSource } from "../aggregate/rank.ts";
import type { FeedKey } from "../env.ts";
import type { CustomReading, publishCustom } from "../ingest/custom.ts";
import type { RoundCache } from "../publish/cache.ts";
import type { Registry } from "../series/registry.ts";
import { keepPayload } from "../store/payload-store.ts";
import { inTransaction, type Sql } from "../store/postgres.ts";
import {
  consumeNonce,
  keepAnswer,
  lockPublishing,
  readAnswer,
  tooMany,
} from "../store/publisher-store.ts";
import { type Caller, callerOf } from "./caller.ts";
import { idIn } from "./names.ts";

/** What the method needs. */
export type PublishDeps = {
  readonly registry: Registry;
  readonly cache: RoundCache;
  readonly database: <T>(use: (sql: Sql) => Promise<T>) => Promise<T>;
  readonly publish: typeof publishCustom;
  readonly feedKey: () => Promise<FeedKey>;
  readonly periodMs: number;
  readonly now: () => number;
};

/** The method. */
export function publishMethod(
  deps: PublishDeps,
): Pick<ServiceImpl<typeof SignalService>, "publishObservations"> {
  return {
    async publishObservations(request, context) {
      const caller = callerOf(context);
      const readings = readingsOf(request, caller, deps.registry);
      if (!readings.ok) throw toConnectError(readings.error, "SIGNALS");
      const answer = await publishOnce(deps, caller, request, readings.value);
      if (!answer.ok) throw toConnectError(answer.error, "SIGNALS");
      deps.cache.expire();
      return answer.value;
    },
  };
}

/** Publishes in one transaction with the proof's nonce and the request's id. */
async function publishOnce(
  deps: PublishDeps,
  caller: Caller,
  request: PublishObservationsRequest,
  readings: readonly CustomReading[],
): Promise<Result<PublishObservationsResponse, Failure>> {
  const { registry, periodMs } = deps;
  const feedKey = await deps.feedKey();
  const bytes = new Uint8Array(toBinary(PublishObservationsRequestSchema, request));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const { requestId } = request;
  return deps.database((sql) =>
    inTransaction(sql, async () => {
      await lockPublishing(sql);
      const nowMs = deps.now();
      const admitted = await admit(sql, caller, nowMs);
      // A refusal from here on keeps the nonce: the call was heard, and is not heard again.
      if (!admitted.ok) return admitted;
      const known = await readAnswer(sql, caller.keyId, requestId);
      if (known !== undefined) {
        if (known.digest.every((byte, i) => byte === digest[i])) return ok(known.answer);
        const detail = "the request id was used for another request";
        return refuse("REQUEST_ID_REUSED", detail, { request_id: requestId });
      }
      const published = await deps.publish(sql, readings, {
        registry,
        feedKey,
        periodMs,
        nowMs,
        evidence: digest,
      });
      if (!published.ok) return published;
      const said = { hash: digest, body: bytes, fetchMs: nowMs, source: publisherSource };
      await keepPayload(sql, said, nowMs);
      const observations = [...published.value];
      const answer = create(PublishObservationsResponseSchema, { observations });
      await keepAnswer(sql, { keyId: caller.keyId, requestId, digest, answer, nowMs });
      return ok(answer);
    }),
  );
}

async function admit(sql: Sql, caller: Caller, nowMs: number): Promise<Result<void, Failure>> {
  if (await tooMany(sql, caller.keyId, nowMs)) {
    const limit = { limit: "calls of the key" };
    return err({
      reason: "RATE_LIMITED",
      detail: "too many calls of this key",
      metadata: limit,
      retryAfterMs: 5000,
    });
  }
  if (await consumeNonce(sql, caller)) return ok(undefined);
  return refuse("PROOF_REJECTED", "the caller proof does not hold", { proof: "nonce_reused" });
}

/** What a request says, when the caller is the publisher of all of it. */
function readingsOf(
  request: PublishObservationsRequest,
  caller: Caller,
  registry: Registry,
): Result<readonly CustomReading[], Failure> {
  const readings = new Map<string, CustomReading>();
  for (const [i, said] of request.observations.entries()) {
    const id = idIn(said.name);
    const series = registry.get(id);
    if (series === undefined) return refuse("NOT_FOUND", "no such series", { name: said.name });
    if (series.publisherKeyId === "" || series.publisherKeyId !== caller.keyId) {
      const scope = { scope: "signals.publish" };
      return refuse("SCOPE_MISSING", `the key does not publish ${id}`, scope);
    }
    if (readings.has(id)) {
      const field = `observations[${i}].name`;
      return refuse("FIELD_INVALID", `${field}: twice in one request`, {
        field,
        rule: "observations.unique",
      });
    }
    readings.set(id, readingOf(id, said));
  }
  return ok([...readings.values()]);
}

function readingOf(series: string, said: CustomObservation): CustomReading {
  const { value, observeTime, confidenceBps, low, high } = said;
  return {
    series,
    value,
    observeMs: observeTime === undefined ? 0 : Math.floor(timestampMs(observeTime)),
    confidenceBps,
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
  };
}
