/** Lists, shows and replays firings. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { Firing } from "#gen/trigger/v1/firing";
import type { TriggerService } from "#gen/trigger/v1/trigger_service";
import { idOf } from "#protocol/names";
import type { Database } from "../storage/database.ts";
import { listFirings, readFiring } from "../trigger/firing-store.ts";
import { replay } from "../trigger/replay.ts";
import type { Call } from "./call.ts";
import { accountOf, callOf, notFound, orThrow, ownName } from "./context.ts";
import { nextPageToken, parsePage } from "./page.ts";

type Methods = "getFiring" | "listFirings" | "replayFiring";

/** The methods of firings. */
export function firingMethods({
  db,
}: {
  readonly db: Database;
}): Pick<ServiceImpl<typeof TriggerService>, Methods> {
  const firingOf = (call: Call, name: string): Firing => {
    const firingId = ownName(call, name);
    const firing = readFiring(db, idOf(name.slice(0, name.lastIndexOf("/firings/"))), firingId);
    if (firing === undefined) return orThrow(notFound(name));
    return firing;
  };

  return {
    getFiring(request, context) {
      return { firing: firingOf(callOf(context), request.name) };
    },

    listFirings(request, context) {
      const call = callOf(context);
      const triggerId = ownName(call, request.parent, "parent");
      const page = orThrow(parsePage(`firings/${triggerId}`, request));
      const rows = listFirings(db, triggerId, page.beforeSequence, page.size);
      return {
        firings: rows.map((row) => row.firing),
        nextPageToken: nextPageToken(`firings/${triggerId}`, rows, page.size),
      };
    },

    replayFiring(request, context) {
      const call = callOf(context);
      const firing = firingOf(call, request.name);
      const replayed = replay(firing, accountOf(call));
      if (replayed === undefined) throw new Error("a firing without its record");
      return replayed;
    },
  };
}
