/** The ordered list of migrations. A released one never changes; new ones go to the end. */
import type { Migration } from "./migrate.ts";

export const migrations: readonly Migration[] = [];
