/** Has a new session take over from an old one on a local stack, with the owner's consent. */
import type { Session } from "#gen/vault/v1/session";
import { sessionRotateAct } from "#protocol/acts/session-rotate";
import { certify, signCaveats, swapTerms } from "./session.ts";
import { type LiveVault, requestId } from "./vault.ts";

/** The owner grants the new session what the old one had, and the vault changes over. */
export async function rotateSession(
  vault: LiveVault,
  from: Session,
  to: Session,
  etherPerDay: string,
): Promise<Session> {
  const { owner, client } = vault;
  const certified = await certify(vault, to);
  const { caveats, expireSeconds } = await swapTerms(vault, certified.accountAddress, etherPerDay);
  const { delegation, hash } = await signCaveats(vault, certified, caveats, expireSeconds);
  const permission = { hash, expiresSeconds: BigInt(expireSeconds) };
  const act = await owner.consent(
    (consent) => sessionRotateAct(owner.vaultId, to, from, permission, consent),
    1n,
  );
  const answer = await client.vault.installSession({
    name: to.name,
    requestId: requestId(),
    permission: delegation,
    act,
    replaces: from.name,
  });
  if (answer.session === undefined) throw new Error("no session");
  return answer.session;
}
