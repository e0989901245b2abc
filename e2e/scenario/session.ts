/** Makes sessions on a local stack, and has the owner grant them what they may do on chain. */
import { parseEther } from "viem";
import { CertifiedSession } from "#client/certified-session";
import type { CaveatTerms } from "#client/delegation";
import { signPermission, swapCaveats } from "#client/permission";
import type { Session } from "#gen/vault/v1/session";
import { sessionInstallAct } from "#protocol/acts/vault-acts";
import { type Address, formatChain } from "#protocol/names";
import { localChainId } from "../stack/chain/node.ts";
import { poolFee } from "../stack/chain/pool.ts";
import { sendEther } from "./owner.ts";
import { type LiveVault, requestId, swapSelector } from "./vault.ts";

/** The vault makes a session key; its account is funded for fees. */
export async function createSession({ stack, name, client }: LiveVault): Promise<Session> {
  const { session } = await client.vault.createSession({
    parent: name,
    requestId: requestId(),
    chain: formatChain(localChainId),
  });
  if (session === undefined) throw new Error("no session");
  await sendEther(stack, addressIn(session.account), "0.5");
  return session;
}

/** The owner signs the on-chain permission for the session, and the vault installs it. */
export async function installSession(
  vault: LiveVault,
  session: Session,
  etherPerDay: string,
): Promise<Session> {
  const certified = await certify(vault, session);
  const { caveats, expireSeconds } = await swapTerms(vault, certified.accountAddress, etherPerDay);
  return install(vault, session, await signCaveats(vault, certified, caveats, expireSeconds));
}

/** The owner's device checks that the session's key is the vault's. */
export async function certify(vault: LiveVault, session: Session): Promise<CertifiedSession> {
  const { accountFactory: factory, accountImplementation: implementation } = vault.stack.deployment;
  const certificate = await vault.client.certificate();
  return CertifiedSession.of(certificate, session, { factory, implementation });
}

/** A permission that the owner signed. */
export type SignedPermission = Awaited<ReturnType<typeof signCaveats>>;

/** The owner has the vault use a permission. */
export async function install(
  { owner, client }: LiveVault,
  session: Session,
  { delegation, hash, expireSeconds }: SignedPermission,
): Promise<Session> {
  const { name, keyAddress, account } = session;
  const build = sessionInstallAct.bind(
    undefined,
    owner.vaultId,
    { name, keyAddress, account },
    { hash, expiresSeconds: BigInt(expireSeconds) },
  );
  const act = await owner.consent(build, 1n);
  const answer = await client.vault.installSession({
    name,
    requestId: requestId(),
    permission: delegation,
    act,
  });
  if (answer.session === undefined) throw new Error("no session");
  return answer.session;
}

/** What a session may do: swaps to USDC, into the vault's own account. */
export async function swapTerms(vault: LiveVault, sessionAccount: Address, etherPerDay: string) {
  const { deployment, chain } = vault.stack;
  const expireSeconds = inAMonth();
  const { timestamp } = await chain.reader.getBlock();
  const caveats = swapCaveats(deployment.enforcers, {
    router: deployment.router,
    selector: swapSelector,
    tokenIn: deployment.wrappedNative,
    tokenOut: deployment.usdc,
    fee: poolFee,
    vaultAccount: vault.owner.smartAccount.address,
    sessionAccount,
    maxPerWindow: parseEther(etherPerDay),
    windowSeconds: 86_400,
    startSeconds: Number(timestamp) - 60,
    expireSeconds,
  });
  return { caveats, expireSeconds };
}

/** The owner signs a permission with these caveats. */
export async function signCaveats(
  { stack, owner }: LiveVault,
  session: CertifiedSession,
  caveats: readonly CaveatTerms[],
  expireSeconds: number,
) {
  const signed = await signPermission(owner.account, session, {
    delegationManager: stack.deployment.delegationManager,
    caveats,
    salt: BigInt(Date.now()),
  });
  return { ...signed, expireSeconds };
}

/** 30 days from now, in seconds since the epoch: the vault does not warn of an end yet. */
export function inAMonth(): number {
  return Math.floor(Date.now() / 1000) + 30 * 86_400;
}

/** The address in a CAIP-10 id. */
export function addressIn(account: string): Address {
  return account.slice(account.lastIndexOf(":") + 1) as Address;
}
