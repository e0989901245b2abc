/** Keeps the secrets of a local stack: made once for each instance. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newSecrets, type Secrets } from "../../scripts/new-secrets.ts";
import type { Instance } from "./instance.ts";

/** Reads the instance's secrets, or makes them. */
export async function instanceSecrets(instance: Instance): Promise<Secrets> {
  const file = join(instance.folder, "secrets.json");
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Secrets) : undefined;
  // An instance of before may lack a secret that is new since.
  const secrets = { ...(await newSecrets()), ...kept };
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  // For `npm run overview`, which reads a file of its own.
  writeFileSync(join(instance.folder, "operator-key"), `${secrets.operatorKey}\n`, { mode: 0o600 });
  return secrets;
}
