/** Requests of vaults' own keys, signed before they are sent. */
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { signedCall } from "../scenario/raw-call.ts";
import type { LiveVault } from "../scenario/vault.ts";
import type { Shot } from "./load.ts";

/** Signs as many requests as are asked for; `vaultOf` and `message` are asked for each of them. */
export function signedShots<Desc extends DescMessage>(
  method: string,
  schema: Desc,
  vaultOf: () => LiveVault,
  message: (vault: LiveVault) => MessageInitShape<Desc>,
): (count: number) => Promise<readonly Shot[]> {
  const shot = async (): Promise<Shot> => {
    const vault = vaultOf();
    const by = { signer: vault.signer, vaultId: vault.owner.vaultId };
    const request = await signedCall(vault.stack, method, schema, message(vault), by);
    const { url, headers, body } = request;
    return { url, headers: Object.fromEntries(headers), body };
  };
  return (count) => Promise.all(Array.from({ length: count }, shot));
}
