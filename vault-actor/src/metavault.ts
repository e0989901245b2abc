/**
 * MetavaultDO: one user's vault. Composition only.
 *
 * The prototype has `fetch` and `alarm` and nothing else, because every method of a Durable
 * Object's prototype can be called over RPC. An unclaimed vault writes nothing at all.
 */
import { DurableObject } from "cloudflare:workers";
import { logFault } from "#protocol/log";
import { type Env, settingsOf } from "./env.ts";
import { durableDatabase } from "./storage/durable.ts";
import { createTelemetry, type Telemetry } from "./telemetry/telemetry.ts";
import type { VaultRuntime } from "./vault-parts.ts";
import { composeVault } from "./vault-runtime.ts";

export class MetavaultDO extends DurableObject<Env> {
  readonly #runtime: VaultRuntime;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#runtime = composeVault({
      db: durableDatabase(ctx.storage),
      alarm: {
        get: () => ctx.storage.getAlarm(),
        set: (atMs) => {
          void ctx.storage.setAlarm(atMs);
        },
      },
      settings: settingsOf(env),
      signals: (request) => env.SIGNALS.fetch(request),
      notary: (vaultId, request) => env.NOTARY.getByName(vaultId).fetch(request),
      outside: (url, init) => fetch(url, init),
      isOwnId: (vaultId) => env.METAVAULT.idFromName(vaultId).equals(ctx.id),
      now: () => Date.now(),
      timer: (ms, run) => {
        const timeout = setTimeout(run, ms);
        return () => clearTimeout(timeout);
      },
      random: () => Math.random(),
      newId: () => crypto.randomUUID().replaceAll("-", ""),
      telemetry: telemetryOf(env.TELEMETRY),
      onFault: logFault,
    });
  }

  override fetch(request: Request): Promise<Response> {
    return this.#runtime.fetch(request);
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return this.#runtime.alarm(info);
  }
}

function telemetryOf(queue: Env["TELEMETRY"]): Telemetry | undefined {
  if (queue === undefined) return undefined;
  return createTelemetry({
    send: (batch) => queue.send(batch, { contentType: "bytes" }),
    now: () => Date.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
}
