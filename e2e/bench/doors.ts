/** The doors to a vault's alarm that benchmarks have. */
import type { LiveVault } from "../scenario/vault.ts";
import type { Shot } from "./load.ts";

/** What a door does: see the Worker that has them. */
export type Door = "tick" | "reset" | "evict" | "trim" | "hush";

/** A knock on a door of a vault. */
export function door({ stack, owner }: LiveVault, path: Door): Shot {
  return {
    url: `http://127.0.0.1:${stack.ports.bench}/bench/${path}`,
    headers: { "metavault-id": owner.vaultId },
    body: new Uint8Array(),
  };
}

/** An alarm with a look at the world that is due. */
export function tick(vault: LiveVault): Shot {
  return { ...door(vault, "tick"), before: [door(vault, "reset")] };
}

/** The same, as the first thing of a new life of the object. */
export function coldTick(vault: LiveVault): Shot {
  return { ...door(vault, "tick"), before: [door(vault, "reset"), door(vault, "evict")] };
}
