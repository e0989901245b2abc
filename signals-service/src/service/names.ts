/** The names of series in requests, and the refusal for one that there is not. Pure. */
import type { ConnectError } from "@connectrpc/connect";
import { toConnectError } from "#protocol/errors";
import type { Registry } from "../series/registry.ts";

/** The id in a series' name. */
export function idIn(name: string): string {
  return name.slice("series/".length);
}

/** The id in the name of a series that is published. Throws the typed refusal. */
export function knownSeries(registry: Registry, name: string): string {
  const id = idIn(name);
  if (registry.has(id)) return id;
  throw notFound(name);
}

/** The refusal for a series that there is not. */
export function notFound(name: string): ConnectError {
  const detail = "no such series";
  return toConnectError({ reason: "NOT_FOUND", detail, metadata: { name } }, "SIGNALS");
}
