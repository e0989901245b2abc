/** What a vault is made of, and what it can do. */
import type { Fetch } from "#protocol/dial";
import type { FetchRpc } from "./account/node.ts";
import type { Settings } from "./env.ts";
import type { Alarm } from "./scheduler/arming.ts";
import type { AlarmInfo } from "./scheduler/scheduler.ts";
import type { Database } from "./storage/database.ts";
import type { Timer } from "./stream/registry.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

/** What a vault needs from outside. */
export type VaultParts = {
  readonly db: Database;
  readonly alarm: Alarm;
  readonly settings: Settings;
  readonly signals: Fetch;
  /** Hands a request to the notary of a vault. */
  readonly notary: (vaultId: string, request: Request) => Promise<Response>;
  readonly outside: FetchRpc;
  readonly isOwnId: (vaultId: string) => boolean;
  readonly now: () => number;
  readonly timer: Timer;
  readonly random: () => number;
  readonly newId: () => string;
  /** Absent: nothing is told. */
  readonly telemetry?: Telemetry | undefined;
  readonly onFault: (where: string, fault: unknown) => void;
};

/** A vault at work. */
export type VaultRuntime = {
  readonly fetch: (request: Request) => Promise<Response>;
  /** `info`: what the platform says of the alarm, if it does. */
  readonly alarm: (info?: AlarmInfo) => Promise<void>;
};
