/** `npm start`: the whole system on this machine, on stable ports, with its state kept. */
import { join } from "node:path";
import { startStack } from "./stack.ts";

const stopped = new Promise<string>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => resolve(signal));
  }
});

try {
  const stack = await startStack({
    name: "start",
    persistent: true,
    progress: (line) => console.log(`… ${line}`),
  });
  console.log(`
Metavault runs. Stop it with Ctrl-C; what it stored is kept for the next start.

  gateway     ${stack.baseUrl}
  second way  ${stack.ingressUrl}  (straight to the vaults)
  chain       ${stack.chain.url}  (chain id 31337)
  bundler     ${stack.bundlerUrl}
  PostgreSQL  ${stack.databaseUrl}
  the world   ${stack.world.url}/state
  attestation ${stack.secrets.attestationKeyId}
  logs        ${join(stack.instance.folder, "logs")}

A first call, by hand:

  curl -s ${stack.baseUrl}/metavault.signal.v1.SignalService/ListSeries \\
    -H 'content-type: application/json' -d '{"pageSize": 2}'

A first signed call: claims a vault for a new owner, reads it, and is refused what it may not.

  npm run -s first-call -- ${stack.baseUrl} \\
    ${stack.secrets.attestationKeyId} \\
    ${stack.chainConfig.accountFactory} ${stack.chainConfig.accountImplementation}

How the sources and all vaults together are doing, for the operator:

  npm run -s overview

Change the world, and see the next snapshot change:

  curl -s -X PUT ${stack.world.url}/state -d '{"ethUsd": 2100, "instability": {"UA": 84}}'

`);
  const lost = stack.instance.firstEnded();
  const reason = await Promise.race([stopped, lost.then((name) => `${name} ended`)]);
  console.log(`\nstopping (${reason}) …`);
  await stack.stop();
  console.log("stopped; nothing is left running.");
  process.exit(reason.endsWith("ended") ? 1 : 0);
} catch (fault) {
  console.error(`metavault: ${fault instanceof Error ? fault.message : fault}`);
  process.exit(1);
}
