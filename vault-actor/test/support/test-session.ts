/** Sessions of a vault in workerd, with permissions that its owner signs. */
import { createRedeemerTerms, createTimestampTerms } from "@metamask/delegation-core";
import { signDelegation } from "#client/delegation";
import type { Session } from "#gen/vault/v1/session";
import { sessionRotateAct } from "#protocol/acts/session-rotate";
import { sessionInstallAct } from "#protocol/acts/vault-acts";
import type { Address } from "#protocol/names";
import { chainId, type TestVault } from "./claimed-vault.ts";
import { testChain } from "./test-chain.ts";

const chain = testChain(chainId);

/** The vault makes a session key. */
export async function createSession({ client, name }: TestVault): Promise<Session> {
  const request = { parent: name, requestId: crypto.randomUUID(), chain: `eip155:${chainId}` };
  const { session } = await client.vault.createSession(request);
  if (session === undefined) throw new Error("no session");
  return session;
}

/** The request that installs a session, and has it replace another when one is given. */
export async function installRequest(vault: TestVault, session: Session, replaces?: Session) {
  const expireSeconds = Math.floor(Date.now() / 1000) + 7 * 86_400;
  const sessionAccount = session.account.split(":")[2] as Address;
  const { delegation, hash } = await signDelegation(vault.wallet, {
    chainId,
    delegationManager: chain.delegationManager,
    delegator: vault.wallet.address.toLowerCase() as Address,
    delegate: sessionAccount,
    caveats: [
      {
        enforcer: chain.enforcers.timestamp,
        terms: createTimestampTerms({
          afterThreshold: 0,
          beforeThreshold: expireSeconds,
        }) as Address,
      },
      {
        enforcer: chain.enforcers.redeemer,
        terms: createRedeemerTerms({ redeemers: [sessionAccount] }) as Address,
      },
    ],
    salt: BigInt(Date.now()),
  });
  const permission = { hash, expiresSeconds: BigInt(expireSeconds) };
  const act = await vault.consent((consent) =>
    replaces === undefined
      ? sessionInstallAct(vault.vaultId, session, permission, consent)
      : sessionRotateAct(vault.vaultId, session, replaces, permission, consent),
  );
  return {
    name: session.name,
    requestId: crypto.randomUUID(),
    permission: delegation,
    act,
    replaces: replaces?.name ?? "",
  };
}

/** A session whose permission is installed. */
export async function activeSession(vault: TestVault): Promise<Session> {
  const session = await createSession(vault);
  await vault.client.vault.installSession(await installRequest(vault, session));
  return session;
}
