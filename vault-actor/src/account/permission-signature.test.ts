import { bytesToHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { refuse } from "#protocol/failure";
import type { Address } from "#protocol/names";
import { ok } from "#protocol/result";
import { type FakeAccount, FakeNodes, signedBy } from "../../test/support/fake-nodes.ts";
import { testChain } from "../../test/support/test-chain.ts";
import type { Member } from "../identity/authority.ts";
import type { RootKind } from "../identity/vault.ts";
import { permissionDigest } from "../session/permission.ts";
import { checkPermissionSignature } from "./permission-signature.ts";
import { createAsk } from "./quorum.ts";

const key = privateKeyToAccount(generatePrivateKey());
const signer = key.address.toLowerCase() as Address;
const vaultAccount: Address = `0x${"ac".repeat(20)}`;
const chain = testChain(1);
const frame = {
  chainId: 1,
  delegationManager: chain.delegationManager,
  enforcers: chain.enforcers,
  sessionAccount: `0x${"5e".repeat(20)}` as Address,
  vaultAccount,
};
const owner = (id: Address, kind: Member["kind"] = "EOA"): Member => ({
  kind,
  id: `eip155:1:${id}`,
  role: "OWNER",
});

type Given = {
  readonly root: RootKind;
  readonly members?: readonly Member[];
  readonly account?: Address;
  readonly code?: FakeAccount;
  readonly admit?: Parameters<typeof checkPermissionSignature>[3];
  readonly down?: boolean;
};

async function check(given: Given) {
  const { root, members = [], account = vaultAccount, code, admit = () => ok(undefined) } = given;
  const nodes = new FakeNodes();
  if (code !== undefined) nodes.accounts.set(account, code);
  if (given.down === true) {
    nodes.faults.set(chain.rpcUrls[0] ?? "", () => Response.json({}, { status: 503 }));
  }
  const unsigned = {
    delegate: frame.sessionAccount,
    delegator: account,
    authority: `0x${"f".repeat(64)}`,
    caveats: [],
    salt: 1n,
    signature: "0x",
  } as const;
  const here = { ...frame, vaultAccount: account };
  const signature = await key.sign({ hash: bytesToHex(permissionDigest(unsigned, here)) });
  const result = await checkPermissionSignature(
    {
      chains: new Map([[1, chain]]),
      ask: () => createAsk({ fetch: nodes.fetch, onDisagreement: () => undefined }, chain),
    },
    { permission: { ...unsigned, signature }, frame: here },
    { vault: { rootKind: root }, members },
    admit,
  );
  return { result: result.ok ? "ok" : result.error.reason, asked: nodes.asked.length > 0 };
}

const accepts: FakeAccount = { code: "0x60", judge: signedBy(signer) };
const refuses: FakeAccount = { code: "0x60", judge: signedBy(vaultAccount) };
const strict = () => refuse("RATE_LIMITED", "too many");

describe("the signature of a permission", () => {
  test.each<[string, Given, string, boolean]>([
    ["an account's own key", { root: "EOA", account: signer }, "ok", false],
    [
      "another key of a key's account",
      { root: "EOA", members: [owner(signer)] },
      "PERMISSION_INVALID",
      false,
    ],
    ["a delegated account's own key", { root: "EIP7702", account: signer }, "ok", false],
    ["what a delegated account's code accepts", { root: "EIP7702", code: accepts }, "ok", true],
    [
      "the key that an account follows from",
      { root: "COUNTERFACTUAL", members: [owner(signer)] },
      "ok",
      false,
    ],
    [
      "a key that is no owner, of a bare account",
      { root: "COUNTERFACTUAL" },
      "PERMISSION_INVALID",
      true,
    ],
    ["a key that the account accepts", { root: "COUNTERFACTUAL", code: accepts }, "ok", true],
    [
      "a guardian",
      { root: "COUNTERFACTUAL", members: [{ ...owner(signer), role: "GUARDIAN" }] },
      "PERMISSION_INVALID",
      true,
    ],
    ["what a contract accepts", { root: "CONTRACT", code: accepts }, "ok", true],
    [
      "an owner of the vault whom the contract does not accept",
      { root: "CONTRACT", members: [owner(signer)], code: refuses },
      "PERMISSION_INVALID",
      true,
    ],
    [
      "a contract while no node answers",
      { root: "CONTRACT", down: true },
      "CHAIN_UNAVAILABLE",
      true,
    ],
    [
      "a caller that is not admitted",
      { root: "CONTRACT", code: accepts, admit: strict },
      "RATE_LIMITED",
      false,
    ],
  ])("%s", async (_, given, result, asked) => {
    expect(await check(given)).toEqual({ result, asked });
  });
});
