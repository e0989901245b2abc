/** Builds the Workers before tests that run at once would each build them. */
import { buildWorker, workers } from "./build.ts";

export default async function prebuild(): Promise<void> {
  await Promise.all(workers.map(buildWorker));
}
