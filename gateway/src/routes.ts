/** What the gateway serves: every public method, of a vault or of the signals. Pure data. */
import { SignalService } from "#gen/signal/v1/signal_service";
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { type Screened, serviceRoutes, vaultRoutes } from "#protocol/screen";

/** All routes, by path. */
export const routes: ReadonlyMap<string, Screened> = new Map([
  ...vaultRoutes([VaultService, TriggerService]),
  ...serviceRoutes([SignalService]),
]);
