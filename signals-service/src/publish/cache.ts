/**
 * Keeps the latest round in memory, so that the database sees one reader a refresh.
 *
 * It is the same for everybody: nothing of a user is shared here.
 */
import type { Publication } from "./publication.ts";

/** Creates the cache. `load` reads the database. */
export function createSnapshotCache(deps: {
  readonly load: () => Promise<Publication | undefined>;
  readonly now: () => number;
}) {
  let latest: Publication | undefined;
  let askedMs = 0;
  let asking = false;

  const refresh = async () => {
    asking = true;
    try {
      const loaded = await deps.load();
      if (loaded !== undefined && (latest === undefined || loaded.round >= latest.round)) {
        latest = loaded;
      }
      return latest;
    } finally {
      asking = false;
    }
  };

  return {
    /** The latest round. `undefined` before the first. */
    async get(): Promise<Publication | undefined> {
      const nowMs = deps.now();
      if (latest === undefined) return refresh();
      if (nowMs < latest.nextPublishMs) return latest;
      // A publisher that is late must not cost a read a caller, and a promise is not shared:
      // on Workers it belongs to the request that made it.
      const pauseMs = (latest.nextPublishMs - latest.publishMs) / 10;
      if (asking || nowMs < askedMs + pauseMs) return latest;
      askedMs = nowMs;
      return refresh();
    },
  };
}

/** The cache of one isolate. */
export type SnapshotCache = ReturnType<typeof createSnapshotCache>;
