/**
 * A gateway that puts its own session key into the vault's answers, before the owner grants that
 * key anything on chain. The SDK finds out, and the owner's wallet is never asked.
 */
import { UntrustedResponseError } from "#client/untrusted-response";
import { createVaultClient } from "#client/vault-client";
import { certify, createSession, signCaveats, swapTerms } from "../../scenario/session.ts";
import { claimVault, type LiveVault } from "../../scenario/vault.ts";
import type { Attacker } from "../score.ts";
import type { Stage } from "../stage/stage.ts";

const tricks = [
  "session",
  "session-resigned",
  "session-recertified",
  "certificate",
  "certificate-resigned",
  "refusal",
  "refusal-resigned",
  "unsigned",
] as const;

/** The attacker. */
export const substitution: Attacker = {
  name: "session substituted",
  async run(stage, score) {
    for (const pinned of [false, true]) {
      // A vault holds few sessions at a time.
      const vault = await claimVault(stage.stack, "1");
      for (const trick of tricks) {
        const { asked, met } = await grantBehind(stage, vault, trick, pinned);
        const refused = met instanceof UntrustedResponseError && asked === 0;
        const text = met instanceof UntrustedResponseError ? met.failure : String(met);
        const attempt = `${trick}, ${pinned ? "a vault known before" : "first contact"}`;
        score.verdict(
          attempt,
          text,
          refused ? undefined : `${text}; the wallet was asked ${asked}×`,
        );
      }
      const { asked } = await grantBehind(
        stage,
        await claimVault(stage.stack, "1"),
        "none",
        pinned,
      );
      const outcome =
        asked === 1
          ? ({ kind: "served", body: "", headers: new Headers() } as const)
          : ({ kind: "untyped", what: "the wallet was not asked" } as const);
      score.control("the honest answer", outcome);
    }
  },
};

/** Makes a session and has its owner grant it something, all behind the attacker's gateway. */
async function grantBehind({ stack }: Stage, vault: LiveVault, trick: string, pinned: boolean) {
  let asked = 0;
  const pin = vault.client.pin();
  const client = createVaultClient(stack.baseUrl, {
    vaultId: vault.owner.vaultId,
    signer: vault.signer,
    attestationKeyIds: [stack.secrets.attestationKeyId],
    ...(pinned && pin !== undefined ? { pin } : {}),
    fetch(url, init) {
      const headers = new Headers(init.headers);
      headers.set("x-attack", trick);
      const target = `http://127.0.0.1:${stack.ports.bench}${new URL(url).pathname}`;
      return fetch(target, { ...init, headers });
    },
  });
  const { account } = vault.owner;
  const wallet = {
    ...account,
    signTypedData: (data: Parameters<typeof account.signTypedData>[0]) => {
      asked++;
      return account.signTypedData(data);
    },
  } as typeof account;
  const live = { ...vault, client, owner: { ...vault.owner, account: wallet } };
  const grant = async () => {
    const session = await createSession(live);
    const certified = await certify(live, session);
    const { caveats, expireSeconds } = await swapTerms(live, certified.accountAddress, "1");
    await signCaveats(live, certified, caveats, expireSeconds);
  };
  const met = await grant().then(
    () => "the owner granted it",
    (fault: unknown) => fault,
  );
  return { asked, met };
}
