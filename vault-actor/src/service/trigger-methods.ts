/** Creates, changes, lists and removes triggers. */
import { equals } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import {
  FirePolicy_Stale,
  FirePolicySchema,
  type Trigger as TriggerMessage,
} from "#gen/trigger/v1/trigger";
import {
  CreateTriggerResponseSchema,
  DeleteTriggerResponseSchema,
  PauseTriggerResponseSchema,
  ResumeTriggerResponseSchema,
  UpdateTriggerResponseSchema,
} from "#gen/trigger/v1/trigger_messages";
import type { TriggerService } from "#gen/trigger/v1/trigger_service";
import { IntentSchema } from "#gen/vault/v1/intent";
import { RestrictionSchema } from "#gen/vault/v1/restriction";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { childName } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { keyIsValid, readKey } from "../identity/key-store.ts";
import { append } from "../ledger/store.ts";
import { fromRestriction } from "../policy/restriction-wire.ts";
import { optional } from "../policy/wire-field.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { SignalClient } from "../signal/client.ts";
import type { World } from "../signal/world.ts";
import type { Database } from "../storage/database.ts";
import { pause } from "../trigger/pause.ts";
import { seriesIn } from "../trigger/series-in.ts";
import {
  countTriggers,
  deleteTrigger,
  insertTrigger,
  listTriggers,
  readTrigger,
  replaceTrigger,
  resumeTrigger,
} from "../trigger/store.ts";
import { fresh, maxTriggers, startingAt, type Trigger } from "../trigger/trigger.ts";
import { bodyOf, toTriggerMessage } from "../trigger/wire.ts";
import type { Call } from "./call.ts";
import { checkTrigger } from "./check-trigger.ts";
import { accountOf, callOf, checkVersion, notFound, orThrow, ownName } from "./context.ts";
import { checkIntent, type IntentDeps } from "./intent.ts";
import { nextPageToken, parsePage } from "./page.ts";

type Methods =
  | "createTrigger"
  | "getTrigger"
  | "listTriggers"
  | "updateTrigger"
  | "deleteTrigger"
  | "pauseTrigger"
  | "resumeTrigger";

/** What the methods need. */
export type TriggerMethodDeps = IntentDeps & {
  readonly db: Database;
  readonly signals: SignalClient;
  readonly scheduler: Pick<Scheduler, "put" | "dueMs">;
  readonly newId: () => string;
};

/** The methods of triggers. */
export function triggerMethods(
  deps: TriggerMethodDeps,
): Pick<ServiceImpl<typeof TriggerService>, Methods> {
  const { db } = deps;

  /** Writes triggers. When the vault looks next, and whose keys may act, is asked once for all. */
  const messages = (call: Call, triggers: readonly Trigger[]) => {
    const dueMs = deps.scheduler.dueMs("watch", "");
    const keyIds = new Set(triggers.map((trigger) => trigger.creatorKeyId));
    const able = new Set([...keyIds].filter((keyId) => keyIsValid(db, keyId, call.nowMs)));
    return triggers.map((trigger) =>
      toTriggerMessage(call.vaultId, trigger, able.has(trigger.creatorKeyId) ? dueMs : undefined),
    );
  };

  const message = (call: Call, trigger: Trigger) => messages(call, [trigger])[0];

  const answer = (call: Call, triggerId: string) => {
    const trigger = readTrigger(db, triggerId);
    if (trigger === undefined) throw new Error("a trigger vanished within its transaction");
    return { trigger: message(call, trigger) };
  };

  const watchNow = (call: Call) =>
    deps.scheduler.put({ kind: "watch", ref: "", dueMs: call.nowMs });

  const note = (call: Call, triggerId: string, change: string) =>
    append(db, call.nowMs, {
      kind: "TRIGGER_CHANGED",
      actor: call.keyId,
      subject: childName(call.vaultId, "triggers", triggerId),
      facts: { change },
    });

  const check = (
    call: Call,
    body: TriggerMessage,
    world: Pick<World, "series">,
  ): Result<void, Failure> => {
    const { nowMs } = call;
    const context = { series: world.series, chains: deps.chains, account: accountOf(call), nowMs };
    const checked = checkTrigger(body, context);
    if (!checked.ok) return checked;
    if (body.intent === undefined) throw new Error("validated");
    const freezes = body.firePolicy?.stale === FirePolicy_Stale.FREEZE;
    if (freezes && readKey(db, call.keyId)?.key.scopes.has("VAULT_FREEZE") !== true) {
      const field = "trigger.fire_policy.stale";
      const detail = `${field}: the key lacks the scope vault.freeze, so its triggers can't freeze`;
      return refuse("SCOPE_MISSING", detail, { scope: "vault.freeze", field });
    }
    const read = optional(body.restriction, "trigger.restriction", fromRestriction);
    if (!read.ok) return read;
    const allowed = checkIntent(deps, call, body.intent, [], read.value);
    return allowed.ok ? ok(undefined) : allowed;
  };

  /** What a trigger is checked against. One that looks at no signal needs no feed. */
  const worldFor = async (body: TriggerMessage): Promise<Pick<World, "series">> => {
    const conditions = [body.condition, body.firePolicy?.clearCondition];
    const wanted = conditions.flatMap((one) => (one === undefined ? [] : [...seriesIn(one)]));
    if (wanted.length === 0) return { series: new Map() };
    const pulled = await deps.signals.look(wanted);
    if (pulled.kind === "ok") return pulled.world;
    return orThrow(refuse("SIGNALS_UNAVAILABLE", "the signals service does not answer"));
  };

  return {
    async createTrigger(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      if (request.trigger === undefined) throw new Error("validated");
      const body = bodyOf(request.trigger);
      const world = await worldFor(body);
      return call.commit(request.requestId, CreateTriggerResponseSchema, () => {
        const checked = check(call, body, world);
        if (!checked.ok) return checked;
        if (countTriggers(db) >= maxTriggers) {
          return refuse("QUOTA_EXCEEDED", `a vault holds at most ${maxTriggers} triggers`, {
            resource: "trigger",
            max: String(maxTriggers),
          });
        }
        const triggerId = deps.newId();
        insertTrigger(db, { triggerId, body, creatorKeyId: call.keyId, createdMs: call.nowMs });
        note(call, triggerId, "created");
        watchNow(call);
        return ok(answer(call, triggerId));
      });
    },

    getTrigger(request, context) {
      const call = callOf(context);
      const trigger = readTrigger(db, ownName(call, request.name));
      if (trigger === undefined) return orThrow(notFound(request.name));
      return { trigger: message(call, trigger) };
    },

    listTriggers(request, context) {
      const call = callOf(context);
      ownName(call, request.parent, "parent");
      const page = orThrow(parsePage("triggers", request));
      const rows = listTriggers(db, page.beforeSequence, page.size);
      return {
        triggers: messages(call, rows),
        nextPageToken: nextPageToken("triggers", rows, page.size),
      };
    },

    async updateTrigger(request, context) {
      const call = callOf(context);
      if (request.trigger === undefined) throw new Error("validated");
      const { name } = request.trigger;
      const triggerId = ownName(call, name, "trigger.name");
      const body = bodyOf(request.trigger);
      const world = await worldFor(body);
      return call.commit(request.requestId, UpdateTriggerResponseSchema, () => {
        const known = readTrigger(db, triggerId);
        if (known === undefined) return notFound(name);
        const version = checkVersion(request.expectedVersion, known.version);
        if (!version.ok) return version;
        const checked = check(call, body, world);
        if (!checked.ok) return checked;
        const renamed = isRename(known.body, body);
        replaceTrigger(db, triggerId, {
          body,
          version: renamed ? known.version : known.version + 1,
          ...(renamed ? {} : { standing: restarted(known, call.nowMs) }),
          keyId: call.keyId,
          nowMs: call.nowMs,
        });
        note(call, triggerId, "updated");
        watchNow(call);
        return ok(answer(call, triggerId));
      });
    },

    deleteTrigger(request, context) {
      const call = callOf(context);
      const triggerId = ownName(call, request.name);
      return call.commit(request.requestId, DeleteTriggerResponseSchema, () => {
        if (readTrigger(db, triggerId) === undefined) return notFound(request.name);
        deleteTrigger(db, triggerId);
        note(call, triggerId, "deleted");
        return ok({});
      });
    },

    pauseTrigger(request, context) {
      const call = callOf(context);
      const triggerId = ownName(call, request.name);
      return call.commit(request.requestId, PauseTriggerResponseSchema, () => {
        const paused = pause(db, { vaultId: call.vaultId, triggerId }, call.keyId, call.nowMs);
        return paused.ok ? ok(answer(call, triggerId)) : paused;
      });
    },

    resumeTrigger(request, context) {
      const call = callOf(context);
      const triggerId = ownName(call, request.name);
      return call.commit(request.requestId, ResumeTriggerResponseSchema, () => {
        const known = readTrigger(db, triggerId);
        if (known === undefined) return notFound(request.name);
        if (known.standing.state === "ACTIVE") return ok(answer(call, triggerId));
        if (known.standing.state !== "PAUSED") return stateRefused(known);
        if (!keyIsValid(db, known.creatorKeyId, call.nowMs)) {
          const detail =
            "the key that made the trigger is revoked or over: update it with another key";
          return refuse("STATE_REFUSED", detail, { state: "KEY_REVOKED" });
        }
        resumeTrigger(db, triggerId, call.nowMs);
        note(call, triggerId, "resumed");
        watchNow(call);
        return ok(answer(call, triggerId));
      });
    },
  };
}

function stateRefused(trigger: Trigger) {
  const { state } = trigger.standing;
  return refuse("STATE_REFUSED", `the trigger is ${state.toLowerCase()}`, { state });
}

/** A changed trigger starts anew, except that its cooldown goes on and a pause stays. */
function restarted(known: Trigger, nowMs: number) {
  const { state, progress } = known.standing;
  const started = startingAt(nowMs, { ...fresh, lastFireMs: progress.lastFireMs });
  return state === "PAUSED" ? { ...started, state } : started;
}

/** Whether nothing but the name for people differs. */
function isRename(before: TriggerMessage, after: TriggerMessage): boolean {
  const same = <T>(a: T | undefined, b: T | undefined, equal: (a: T, b: T) => boolean) =>
    a === undefined || b === undefined ? a === b : equal(a, b);
  return (
    same(before.condition, after.condition, (a, b) => equals(ConditionSchema, a, b)) &&
    same(before.intent, after.intent, (a, b) => equals(IntentSchema, a, b)) &&
    same(before.restriction, after.restriction, (a, b) => equals(RestrictionSchema, a, b)) &&
    same(before.firePolicy, after.firePolicy, (a, b) => equals(FirePolicySchema, a, b))
  );
}
