/** What a stack runs for benchmarks beside the product: the floors, and doors to the alarm. */
import type { WorkersOptions } from "../stack/workerd.ts";
import { localWorker } from "../stack/workerd.ts";

const folder = "../../e2e/bench/workers";

/** Options of a stack for benchmarks. */
export const benchWorkers: Pick<WorkersOptions, "more" | "actorWrapper"> = {
  actorWrapper: `${folder}/actor.js`,
  more: (ports) => ({
    services: [
      {
        name: "floors",
        body: localWorker(
          `${folder}/floors.js`,
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
