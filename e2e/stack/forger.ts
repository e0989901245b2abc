/** Adds a gateway that answers in the vault's name to a local stack, on the port `direct`. */
import { join } from "node:path";
import { build } from "esbuild";
import { quote } from "./capnp.ts";
import { root } from "./instance.ts";
import { localWorker, type WorkersOptions } from "./workerd.ts";

/** Bundles the forger, which is TypeScript and signs with the product's own code. */
export async function buildForger(): Promise<void> {
  await build({
    entryPoints: [join(root, "e2e/stack/workers/forger.ts")],
    outfile: join(root, ".metavault/build/forger.js"),
    bundle: true,
    format: "esm",
    external: ["cloudflare:*"],
  });
}

/** The forger's service and socket. */
export const forger: NonNullable<WorkersOptions["more"]> = (ports, [chain]) => ({
  services: [
    {
      name: "forger",
      body: localWorker("../build/forger.js", [
        `(name = "METAVAULT", durableObjectNamespace = (className = "MetavaultDO", serviceName = "vault-actor"))`,
        `(name = "ORIGIN", text = ${quote(`http://127.0.0.1:${ports.gateway}`)})`,
        `(name = "FACTORY", text = ${quote(chain?.accountFactory ?? "")})`,
        `(name = "IMPLEMENTATION", text = ${quote(chain?.accountImplementation ?? "")})`,
      ]),
    },
  ],
  sockets: [{ name: "forger", port: ports.direct, service: "forger" }],
});
