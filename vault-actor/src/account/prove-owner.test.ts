import { p256 } from "@noble/curves/nist.js";
import { keccak256 } from "viem";
import { describe, expect, test } from "vitest";
import { hybridAccount, hybridAccountCode } from "#protocol/account/hybrid-account";
import { hybridPasskey } from "#protocol/account/hybrid-passkey";
import { refuse } from "#protocol/failure";
import type { Address } from "#protocol/names";
import { formatP256KeyId } from "#protocol/proof/key-id";
import { ok } from "#protocol/result";
import { type FakeAccount, FakeNodes, fakeHybrid } from "../../test/support/fake-nodes.ts";
import { testChain } from "../../test/support/test-chain.ts";
import type { Member } from "../identity/authority.ts";
import type { ChainConfig } from "./chain-config.ts";
import { proveOwner, type RootClaim } from "./prove-owner.ts";
import { createAsk } from "./quorum.ts";

const address = (byte: string): Address => `0x${byte.repeat(20)}`;
const [alice, bob, somewhere] = [address("a1"), address("b0"), address("50")];
const salt = `0x${"07".repeat(32)}` as const;
const base = testChain(1);
const { accountFactory: factory, accountImplementation: implementation } = base;

const point = p256.getPublicKey(p256.utils.randomSecretKey(), false);
const keyId = formatP256KeyId(point);
const passkey = hybridPasskey(keyId, "cred") ?? expect.unreachable("a point on the curve");

const hybridOf = (owner: Address | typeof passkey, of: `0x${string}` = salt) =>
  hybridAccount({ factory, implementation, owner, salt: of }).address;
const member = (kind: Member["kind"], id: string): Member => ({ kind, id, role: "OWNER" });
const eoa = (of: Address) => member("EOA", `eip155:1:${of}`);
const contract = (of: Address) => member("CONTRACT", `eip155:1:${of}`);
const byPasskey = member("WEBAUTHN", keyId);

type Setup = {
  readonly accounts?: Readonly<Record<string, FakeAccount>>;
  readonly chain?: Partial<ChainConfig>;
  readonly down?: boolean;
  readonly admit?: Parameters<typeof proveOwner>[2];
};

async function prove(
  account: Address,
  owner: Member,
  claim: Partial<RootClaim> = {},
  { accounts = {}, chain: change = {}, down = false, admit = () => ok(undefined) }: Setup = {},
) {
  const nodes = new FakeNodes();
  for (const [at, what] of Object.entries(accounts)) nodes.accounts.set(at, what);
  const chain = { ...base, ...change };
  if (down) {
    for (const url of chain.rpcUrls)
      nodes.faults.set(url, () => Response.json({}, { status: 503 }));
  }
  const deps = {
    chains: new Map([[1, chain]]),
    ask: () => createAsk({ fetch: nodes.fetch, onDisagreement: () => undefined }, chain),
  };
  const root = await proveOwner(
    deps,
    { vaultId: `eip155:1:${account}`, owner, deploySalt: salt, deployPasskeyId: "", ...claim },
    admit,
  );
  const { reason = "", metadata = {} } = root.ok ? {} : root.error;
  const found = root.ok
    ? `${root.value.kind}${root.value.provisional ? ", provisional" : ""}`
    : [reason, metadata.cause ?? metadata.rule].filter(Boolean).join(" ");
  return { found, code: root.ok ? root.value.code : undefined, asked: nodes.asked.length };
}

const deployed = (owner: Address, at = hybridOf(owner)) => ({
  accounts: { [at]: fakeHybrid(implementation, owner) },
});
const other = { code: "0x6001", owner: alice } as const;
const proxy = { code: "0x6002", implementation: bob, owner: alice } as const;
const listed = (...codes: readonly `0x${string}`[]) => ({
  chain: { rootCodeHashes: codes.map((code) => keccak256(code)) },
});
const keyed = (x = passkey.x): FakeAccount => ({
  ...fakeHybrid(implementation, address("00")),
  keys: { cred: [x, passkey.y] },
});
const cred = { deployPasskeyId: "cred" };

describe("who owns an account", () => {
  test.each<[string, string, Parameters<typeof prove>]>([
    ["a key's own account", "EOA", [alice, eoa(alice)]],
    ["a key's account before its deployment", "COUNTERFACTUAL", [hybridOf(alice), eoa(alice)]],
    [
      "the salt is zero unless told",
      "COUNTERFACTUAL",
      [hybridOf(alice, `0x${"00".repeat(32)}`), eoa(alice), { deploySalt: "" }],
    ],
    [
      "another salt",
      "OWNER_PROOF_REJECTED address",
      [hybridOf(alice), eoa(alice), { deploySalt: "" }],
    ],
    [
      "a key's account after its deployment",
      "COUNTERFACTUAL",
      [hybridOf(alice), eoa(alice), {}, deployed(alice)],
    ],
    [
      "a former owner",
      "OWNER_PROOF_REJECTED owner",
      [hybridOf(alice), eoa(alice), {}, deployed(bob, hybridOf(alice))],
    ],
    [
      "an owner since",
      "CONTRACT, provisional",
      [hybridOf(alice), eoa(bob), {}, deployed(bob, hybridOf(alice))],
    ],
    [
      "our proxy with another implementation",
      "OWNER_PROOF_REJECTED code",
      [
        hybridOf(alice),
        eoa(alice),
        {},
        { accounts: { [hybridOf(alice)]: fakeHybrid(somewhere, alice) } },
      ],
    ],
    [
      "other code that points at our implementation",
      "OWNER_PROOF_REJECTED code",
      [somewhere, eoa(alice), {}, { accounts: { [somewhere]: { ...other, implementation } } }],
    ],
    [
      "other code, for itself",
      "CONTRACT, provisional",
      [somewhere, contract(somewhere), {}, { accounts: { [somewhere]: other } }],
    ],
    [
      "other code, for itself, where a list has it",
      "CONTRACT, provisional",
      [
        somewhere,
        contract(somewhere),
        {},
        { accounts: { [somewhere]: other }, ...listed(other.code) },
      ],
    ],
    [
      "other code, for itself, where a list does not",
      "OWNER_PROOF_REJECTED code",
      [somewhere, contract(somewhere), {}, { accounts: { [somewhere]: other }, ...listed("0x99") }],
    ],
    [
      "a listed proxy in front of listed code",
      "CONTRACT, provisional",
      [
        somewhere,
        eoa(alice),
        {},
        {
          accounts: { [somewhere]: proxy, [bob]: { code: "0x6003" } },
          ...listed(proxy.code, "0x6003"),
        },
      ],
    ],
    [
      "a listed proxy in front of other code",
      "OWNER_PROOF_REJECTED code",
      [
        somewhere,
        eoa(alice),
        {},
        {
          accounts: { [somewhere]: proxy, [bob]: { code: "0x6004" } },
          ...listed(proxy.code, "0x6003"),
        },
      ],
    ],
    [
      "a passkey's account before its deployment",
      "COUNTERFACTUAL",
      [hybridOf(passkey), byPasskey, cred],
    ],
    [
      "a passkey's account, with another credential's id",
      "OWNER_PROOF_REJECTED address",
      [hybridOf(passkey), byPasskey, { deployPasskeyId: "other" }],
    ],
    [
      "a passkey's account after its deployment",
      "COUNTERFACTUAL",
      [hybridOf(passkey), byPasskey, cred, { accounts: { [hybridOf(passkey)]: keyed() } }],
    ],
    [
      "a passkey that was taken out",
      "OWNER_PROOF_REJECTED owner",
      [hybridOf(passkey), byPasskey, cred, { accounts: { [hybridOf(passkey)]: keyed(5n) } }],
    ],
    [
      "a passkey that was added since",
      "CONTRACT, provisional",
      [somewhere, byPasskey, cred, { accounts: { [somewhere]: keyed() } }],
    ],
    [
      "a passkey that is none",
      "FIELD_INVALID p256",
      [somewhere, member("WEBAUTHN", `p256:${"A".repeat(44)}`), cred],
    ],
    ["a key of another chain", "FIELD_INVALID chain", [alice, member("EOA", `eip155:5:${alice}`)]],
  ])("%s: %s", async (_, expected, [account, owner, claim, setup]) => {
    expect((await prove(account, owner, claim, setup)).found).toBe(expected);
  });

  test("a chain that is not served", async () => {
    const elsewhere = member("EOA", `eip155:5:${alice}`);
    const { found } = await prove(alice, elsewhere, { vaultId: elsewhere.id });
    expect(found).toBe("CHAIN_UNSUPPORTED");
  });

  test("while no node answers only an account's own key proves it", async () => {
    const down = { down: true };
    expect(await prove(alice, eoa(alice), {}, down)).toMatchObject({
      found: "EOA",
      code: undefined,
    });
    expect((await prove(hybridOf(alice), eoa(alice), {}, down)).found).toBe("CHAIN_UNAVAILABLE");
    expect((await prove(somewhere, contract(somewhere), {}, down)).found).toBe("CHAIN_UNAVAILABLE");
  });

  test("what is there is remembered with the root", async () => {
    expect((await prove(alice, eoa(alice))).code).toBe("none");
    const { code } = await prove(hybridOf(alice), eoa(alice), {}, deployed(alice));
    expect(code).toBe(`contract ${keccak256(hybridAccountCode)} ${implementation}`);
  });

  test("who is not admitted makes nobody be asked; an own key needs no admission", async () => {
    const admit = () => refuse("RATE_LIMITED", "too many");
    const refused = await prove(hybridOf(alice), eoa(alice), {}, { admit });
    expect(refused).toMatchObject({ found: "RATE_LIMITED", asked: 0 });
    expect((await prove(alice, eoa(alice), {}, { admit })).found).toBe("EOA");
  });
});
