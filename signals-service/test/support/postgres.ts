/** Starts a real PostgreSQL for the tests of one run, or uses the one that `DATABASE_URL` names. */
import type { TestProject } from "vitest/node";
import { Instance } from "../../../e2e/stack/instance.ts";
import { freePorts } from "../../../e2e/stack/ports.ts";
import { startPostgres } from "../../../e2e/stack/postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    databaseUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const instance = Instance.open("signals-tests", false);
  const { postgres } = await freePorts();
  project.provide("databaseUrl", await startPostgres(instance, postgres));
  return () => instance.stopAll();
}
