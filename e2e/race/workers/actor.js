// The vault-actor with one more door: to end an object's life, as the platform does at any time.
import { NotaryDO as Notary, MetavaultDO as Vault } from "vault-actor.js";

export class NotaryDO extends Notary {}

export class MetavaultDO extends Vault {
  async fetch(request) {
    if (new URL(request.url).pathname !== "/race/evict") return super.fetch(request);
    // Whatever it is at, and without a word to its callers.
    setTimeout(() => this.ctx.abort("evicted"));
    return new Response("evicted");
  }
}

export default {
  async fetch(request, env) {
    const id = request.headers.get("metavault-id");
    return env.METAVAULT.getByName(id).fetch(new Request(request.url, { method: "POST" }));
  },
};
