/** The methods that tell what is known now: the whole round, or some series of it. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { SignalService } from "#gen/signal/v1/signal_service";
import { toConnectError } from "#protocol/errors";
import type { RoundCache } from "../publish/cache.ts";
import { nextNewsMs, type ServedRound } from "../publish/served-round.ts";
import { holdUntil } from "./holding.ts";
import { idIn } from "./names.ts";

/** What the methods need. */
export type PullMethodDeps = { readonly cache: RoundCache; readonly now: () => number };

/** The methods. They read memory only, and the database once a round. */
export function pullMethods({
  cache,
  now,
}: PullMethodDeps): Pick<
  ServiceImpl<typeof SignalService>,
  "getSnapshot" | "batchGetObservations"
> {
  return {
    async getSnapshot({ knownRound }, context) {
      const latest = await latestRound(cache);
      holdUntil(context, latest.nextPublishMs, now());
      const nextPublishTime = timestampFromMs(cache.askAgainMs());
      if (knownRound >= latest.round) return { nextPublishTime };
      return { signedSnapshot: latest.snapshot, nextPublishTime };
    },

    async batchGetObservations({ names, knownRound }, context) {
      const latest = await latestRound(cache);
      holdUntil(context, latest.nextPublishMs, now());
      const ids = names.map(idIn);
      const nextMs = Math.max(cache.askAgainMs(), nextNewsMs(latest, ids));
      const nextPublishTime = timestampFromMs(nextMs);
      if (knownRound >= latest.round) return { nextPublishTime };
      const entries = ids.flatMap((id) => latest.entries.get(id) ?? []);
      return { signedManifest: latest.manifest, entries, nextPublishTime };
    },
  };
}

/** The latest round. Throws the typed refusal before the first. */
export async function latestRound(cache: RoundCache): Promise<ServedRound> {
  const latest = await cache.get();
  if (latest !== undefined) return latest;
  const detail = "nothing is published yet";
  throw toConnectError({ reason: "UNAVAILABLE", detail, metadata: {} }, "SIGNALS");
}
