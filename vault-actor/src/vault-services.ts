/** Puts the services of one vault together; what they need is passed in. */
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { serve } from "#protocol/serve";
import { approvalMethods } from "./service/approval-methods.ts";
import { auditMethods } from "./service/audit-methods.ts";
import { authorityMethods } from "./service/authority-methods.ts";
import { certificateMethod } from "./service/certificate-method.ts";
import { claimMethod } from "./service/claim-method.ts";
import { executionMethods } from "./service/execution-methods.ts";
import { freezeMethods } from "./service/freeze-methods.ts";
import { installSessionMethod } from "./service/install-session-method.ts";
import { keyMethods } from "./service/key-methods.ts";
import { ledgerMethods } from "./service/ledger-methods.ts";
import { permissionMethod } from "./service/permission-method.ts";
import { policyMethods } from "./service/policy-methods.ts";
import { portfolioMethods } from "./service/portfolio-methods.ts";
import { revocationMethods } from "./service/revocation-methods.ts";
import { sessionMethods } from "./service/session-methods.ts";
import { simulateMethod } from "./service/simulate-method.ts";
import { triggerService } from "./service/trigger-service.ts";
import { usageMethod } from "./service/usage-method.ts";
import { vaultMethods } from "./service/vault-methods.ts";
import { watchMethod } from "./service/watch-method.ts";

/** What all methods need, together. */
export type ServiceDeps = Parameters<typeof claimMethod>[0] &
  Parameters<typeof certificateMethod>[0] &
  Parameters<typeof usageMethod>[0] &
  Parameters<typeof freezeMethods>[0] &
  Parameters<typeof authorityMethods>[0] &
  Parameters<typeof keyMethods>[0] &
  Parameters<typeof policyMethods>[0] &
  Parameters<typeof portfolioMethods>[0] &
  Parameters<typeof sessionMethods>[0] &
  Parameters<typeof installSessionMethod>[0] &
  Parameters<typeof permissionMethod>[0] &
  Parameters<typeof revocationMethods>[0] &
  Parameters<typeof executionMethods>[0] &
  Parameters<typeof simulateMethod>[0] &
  Parameters<typeof auditMethods>[0] &
  Parameters<typeof approvalMethods>[0] &
  Parameters<typeof watchMethod>[0] &
  Parameters<typeof triggerService>[0];

/** Serves the vault's services over Connect. */
export function composeServices(deps: ServiceDeps, onFault: (fault: unknown) => void) {
  return serve(
    (router) => {
      router.service(VaultService, {
        ...claimMethod(deps),
        ...certificateMethod(deps),
        ...vaultMethods(deps),
        ...usageMethod(deps),
        ...freezeMethods(deps),
        ...authorityMethods(deps),
        ...keyMethods(deps),
        ...policyMethods(deps),
        ...portfolioMethods(deps),
        ...sessionMethods(deps),
        ...installSessionMethod(deps),
        ...permissionMethod(deps),
        ...revocationMethods(deps),
        ...executionMethods(deps),
        ...simulateMethod(deps),
        ...approvalMethods(deps),
        ...ledgerMethods(deps),
        ...auditMethods(deps),
        ...watchMethod(deps),
      });
      router.service(TriggerService, triggerService(deps));
    },
    { enforcer: "VAULT", onFault },
  );
}
