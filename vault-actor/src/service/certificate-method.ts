/** Returns the vault's certificate. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { VaultService } from "#gen/vault/v1/vault_service";
import type { Certifier } from "./certifier.ts";
import { callOf, ownName } from "./context.ts";

/** The method of the certificate. */
export function certificateMethod(deps: {
  readonly certifier: Certifier;
}): Pick<ServiceImpl<typeof VaultService>, "getCertificate"> {
  return {
    async getCertificate(request, context) {
      const call = callOf(context);
      ownName(call, request.name);
      return { certificate: await deps.certifier.vault(call.nowMs) };
    },
  };
}
