/** What a stack runs for benchmarks beside the product: the floors, and doors to the alarm. */
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../stack/instance.ts";
import type { WorkersOptions } from "../stack/workerd.ts";
import { localWorker } from "../stack/workerd.ts";

const folder = "../../e2e/bench/workers";
const floorsBundle = "../build/bench-floors.js";

/** Bundles the floors, which are TypeScript and use the product's own code. */
export async function buildFloors(): Promise<void> {
  await build({
    entryPoints: [join(root, "e2e/bench/workers/floors.ts")],
    outfile: join(root, ".metavault/build/bench-floors.js"),
    bundle: true,
    format: "esm",
    external: ["cloudflare:*"],
  });
}

/** Options of a stack for benchmarks. */
export const benchWorkers: Pick<WorkersOptions, "more" | "actorWrapper"> = {
  actorWrapper: `${folder}/actor.js`,
  more: (ports) => ({
    services: [
      {
        name: "floors",
        body: localWorker(
          floorsBundle,
          [`(name = "FLOOR", durableObjectNamespace = "Floor")`],
          [],
          `durableObjectNamespaces = [(className = "Floor", uniqueKey = "floor", enableSql = true)],
      durableObjectStorage = (localDisk = "objects"),`,
        ),
      },
    ],
    sockets: [
      { name: "floors", port: ports.direct, service: "floors" },
      { name: "doors", port: ports.bench, service: "vault-actor" },
    ],
  }),
};
