/** Has a vault's owner grant and revoke callers' keys on a local stack. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { KeyGrant_Holder, KeyGrantSchema } from "#gen/vault/v1/key";
import { keyGrantAct, keyRevokeAct } from "#protocol/acts/vault-acts";
import { type LiveVault, requestId } from "./vault.ts";

/** The owner grants a key for an hour. */
export async function grantKey(
  { owner, client, name }: LiveVault,
  what: MessageInitShape<typeof KeyGrantSchema> & { readonly keyId: string },
): Promise<void> {
  const inAnHour = Math.floor(Date.now() / 1000) * 1000 + 3_600_000;
  const grant = create(KeyGrantSchema, {
    holder: KeyGrant_Holder.SERVICE,
    label: "a server",
    expireTime: timestampFromMs(inAnHour),
    ...what,
  });
  const act = await owner.consent(keyGrantAct.bind(undefined, owner.vaultId, grant), 1n);
  await client.vault.grantKey({ parent: name, requestId: requestId(), grant, act });
}

/** The owner revokes a key. */
export async function revokeKey({ owner, client, name }: LiveVault, keyId: string): Promise<void> {
  const act = await owner.consent(keyRevokeAct.bind(undefined, owner.vaultId, keyId), 1n);
  await client.vault.revokeKey({ name: `${name}/keys/${keyId}`, requestId: requestId(), act });
}
