/** Adds a gateway in the hands of an attacker to a local stack, on the port `direct`. */
import { quote } from "./capnp.ts";
import { localFolder, localWorker, type WorkersOptions } from "./workerd.ts";

/** The hostile gateway's service and socket. */
export const hostileGateway: NonNullable<WorkersOptions["more"]> = (ports) => ({
  services: [
    {
      name: "hostile",
      body: localWorker(`${localFolder}/hostile-gateway.js`, [
        `(name = "METAVAULT", durableObjectNamespace = (className = "MetavaultDO", serviceName = "vault-actor"))`,
        `(name = "ORIGIN", text = ${quote(`http://127.0.0.1:${ports.gateway}`)})`,
      ]),
    },
  ],
  sockets: [{ name: "hostile", port: ports.direct, service: "hostile" }],
});
