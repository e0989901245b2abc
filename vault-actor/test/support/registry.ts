/** The series that the signals service publishes, for tests that need real ones. */
import { createRegistry } from "../../../signals-service/src/series/registry.ts";

/** All of them, at a real deployment's pace. */
export const registry = createRegistry({ pace: 1, conditions: [], custom: [] });

/** The same where every series may say something new at any time. */
export const restless = createRegistry({ pace: 0, conditions: [], custom: [] });
