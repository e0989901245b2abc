/**
 * NotaryDO: holds the latest note of one vault, in storage of its own. Composition only.
 *
 * Its prototype has `fetch` and nothing else. Until a vault is claimed it writes nothing.
 */
import { DurableObject } from "cloudflare:workers";
import { type Env, settingsOf } from "./env.ts";
import { createNotary } from "./notary/notary.ts";
import { durableDatabase } from "./storage/durable.ts";

export class NotaryDO extends DurableObject<Env> {
  readonly #answer: (request: Request) => Promise<Response>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#answer = createNotary({
      db: durableDatabase(ctx.storage),
      vaultId: ctx.id.name,
      verify: settingsOf(env).notaryMac.verify,
    });
  }

  override fetch(request: Request): Promise<Response> {
    return this.#answer(request);
  }
}
