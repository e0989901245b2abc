/** Whose an account is, on the real chain with the real contracts, by three operators. */
import { p256 } from "@noble/curves/nist.js";
import { parseAbi } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createVaultClient } from "#client/vault-client";
import { Session_State } from "#gen/vault/v1/session";
import { Vault_RootKind, Vault_State } from "#gen/vault/v1/vault";
import { hybridAccountCode } from "#protocol/account/hybrid-account";
import { hybridPasskey } from "#protocol/account/hybrid-passkey";
import { reasonOf } from "#protocol/errors";
import { formatAccount } from "#protocol/names";
import { formatP256KeyId } from "#protocol/proof/key-id";
import { ok } from "#protocol/result";
import { proveOwner } from "../../vault-actor/src/account/prove-owner.ts";
import { createAsk } from "../../vault-actor/src/account/quorum.ts";
import {
  addressOf,
  claimantOf,
  delegateTo,
  deployAccount,
  makeWallet,
  transferOwnership,
} from "../scenario/root.ts";
import {
  certify,
  createSession,
  install,
  installSession,
  signCaveats,
  swapTerms,
} from "../scenario/session.ts";
import { localChainId } from "../stack/chain/node.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
beforeAll(async () => {
  const options = { persistent: false, progress: () => {}, tapped: true, operators: true };
  stack = await startStack({ name: "roots", ...options });
});
afterAll(() => stack?.stop());

const reason = (call: Promise<unknown>) => call.then(() => "ok", reasonOf);
const provisional = { rootKind: Vault_RootKind.CONTRACT, state: Vault_State.PROVISIONAL };

describe("the roots of vaults", () => {
  test("a key's own account, before and after it lends itself code (EIP-7702)", async () => {
    const wallets = [await makeWallet(stack), await makeWallet(stack)] as const;
    const bare = await claimantOf(stack, addressOf(wallets[0]), wallets[0]);
    expect(await bare.claim()).toMatchObject({
      rootKind: Vault_RootKind.EOA,
      state: Vault_State.ACTIVE,
    });
    await delegateTo(stack, wallets[1], stack.deployment.accountImplementation);
    const code = await stack.chain.reader.getCode({ address: wallets[1].address });
    expect(code).toBe(`0xef0100${stack.deployment.accountImplementation.slice(2)}`);
    const delegated = await claimantOf(stack, addressOf(wallets[1]), wallets[1]);
    expect(await delegated.claim()).toMatchObject({
      rootKind: Vault_RootKind.EIP7702,
      state: Vault_State.ACTIVE,
    });
  });

  test("an account that was sold is its buyer's, provisionally, and not its seller's", async () => {
    const [seller, buyer] = [await makeWallet(stack), await makeWallet(stack)];
    const account = await deployAccount(stack, seller, addressOf(seller));
    await transferOwnership(stack, account.address, addressOf(buyer));
    const late = await claimantOf(stack, account, seller, { salt: account.salt });
    expect(await reason(late.claim())).toBe("OWNER_PROOF_REJECTED");
    const vault = await claimantOf(stack, account, buyer);
    expect(await vault.claim()).toMatchObject(provisional);
    // The account itself is asked whose permission it honours.
    const session = await createSession(vault);
    const certified = await certify(vault, session);
    const { caveats, expireSeconds } = await swapTerms(vault, certified.accountAddress, "1");
    const bySeller = { ...vault, owner: { ...vault.owner, account: seller } };
    const stale = await signCaveats(bySeller, certified, caveats, expireSeconds);
    expect(await reason(install(vault, session, stale))).toBe("PERMISSION_INVALID");
    const installed = await installSession(vault, session, "1");
    expect(installed.state).toBe(Session_State.ACTIVE);
  });

  test("an account claims in its own name (ERC-1271), until its first owner's key does", async () => {
    const wallet = await makeWallet(stack);
    const account = await deployAccount(stack, wallet, addressOf(wallet));
    const itself = await claimantOf(stack, account, wallet, { inItsName: true });
    const stranger = await claimantOf(stack, account, await makeWallet(stack), {
      inItsName: true,
    });
    expect(await reason(stranger.claim())).toBe("OWNER_PROOF_REJECTED");
    expect(await itself.claim()).toMatchObject(provisional);
    const session = await createSession(itself);
    const owner = await claimantOf(stack, account, wallet, { salt: account.salt });
    expect(await owner.claim()).toMatchObject({
      rootKind: Vault_RootKind.COUNTERFACTUAL,
      state: Vault_State.ACTIVE,
      claimEpoch: 2n,
    });
    // Nobody's device is left behind: the one that knew the vault by another key learns of it, and
    // is refused like one that knows none.
    const { name, signer } = itself;
    expect(await reason(itself.client.vault.getVault({ name }))).toBe("PROOF_REJECTED");
    const again = createVaultClient(stack.baseUrl, {
      vaultId: itself.owner.vaultId,
      signer,
      attestationKeyIds: [stack.secrets.attestationKeyId],
    });
    expect(await reason(again.vault.getVault({ name }))).toBe("PROOF_REJECTED");
    const { session: revoked } = await owner.client.vault.getSession({ name: session.name });
    expect(revoked?.state).toBe(Session_State.REVOKED);
  });

  test("one lying operator of three changes nothing, two that differ make no answer", async () => {
    const { tap } = stack;
    if (tap === undefined) throw new Error("no tap");
    const [a, b] = tap.operatorUrls;
    const [seller, buyer] = [await makeWallet(stack), await makeWallet(stack)];
    const account = await deployAccount(stack, seller, addressOf(seller));
    await transferOwnership(stack, account.address, addressOf(buyer));
    const late = await claimantOf(stack, account, seller, { salt: account.salt });
    tap.setLiar(a, (method) => (method === "eth_getCode" ? "0x" : undefined));
    expect(await reason(late.claim())).toBe("OWNER_PROOF_REJECTED");
    tap.setLiar(b, () => null);
    expect(await reason(late.claim())).toBe("CHAIN_UNAVAILABLE");
    tap.setLiar(a, undefined);
    const vault = await claimantOf(stack, account, buyer);
    expect(await vault.claim()).toMatchObject(provisional);
    tap.setLiar(b, undefined);
  });

  test("a passkey's account has the address and the code that follow from the passkey", async () => {
    const payer = await makeWallet(stack);
    const point = p256.getPublicKey(p256.utils.randomSecretKey(), false);
    const memberId = formatP256KeyId(point);
    const passkey = hybridPasskey(memberId, "credential-1");
    if (passkey === undefined) throw new Error("no point");
    const account = await deployAccount(stack, payer, passkey);
    const { reader } = stack.chain;
    expect(await reader.getCode({ address: account.address })).toBe(hybridAccountCode);
    const getKey = await reader.readContract({
      address: account.address,
      abi: parseAbi(["function getKey(string) view returns (uint256, uint256)"]),
      functionName: "getKey",
      args: ["credential-1"],
    });
    expect(getKey).toEqual([passkey.x, passkey.y]);
    const prove = (deploySalt: string, deployPasskeyId: string) =>
      proveOwner(
        {
          chains: new Map([[localChainId, stack.chainConfig]]),
          ask: () => createAsk({ fetch, onDisagreement: () => undefined }, stack.chainConfig),
        },
        {
          vaultId: formatAccount({ chainId: localChainId, address: account.address }),
          owner: { kind: "WEBAUTHN", id: memberId, role: "OWNER" },
          deploySalt,
          deployPasskeyId,
        },
        () => ok(undefined),
      );
    expect(await prove(account.salt, "credential-1")).toMatchObject({
      value: { kind: "COUNTERFACTUAL", provisional: false },
    });
    expect(await prove("", "credential-1")).toMatchObject({
      value: { kind: "CONTRACT", provisional: true },
    });
    expect(await prove(account.salt, "credential-2")).toMatchObject({
      error: { reason: "OWNER_PROOF_REJECTED", metadata: { cause: "owner" } },
    });
  });
});
