import { describe, expect, test } from "vitest";
import { hybridAccountCode } from "#protocol/account/hybrid-account";
import type { Address } from "#protocol/names";
import { type FakeAccount, FakeNodes, fakeHybrid } from "../../test/support/fake-nodes.ts";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { testChain } from "../../test/support/test-chain.ts";
import { rootCodeText } from "../identity/root.ts";
import type { Vault } from "../identity/vault.ts";
import {
  expectCode,
  insertVault,
  readVault,
  supersedeVault,
  writeFreeze,
} from "../identity/vault-store.ts";
import { list } from "../ledger/store.ts";
import { insertSession } from "../session/store.ts";
import { migrate } from "../storage/migrate.ts";
import { createAsk } from "./quorum.ts";
import { createReconcile, reconcilePauseMs } from "./reconcile.ts";
import { lookAtCode } from "./root-sight.ts";

const address = (byte: string): Address => `0x${byte.repeat(20)}`;
const [account, alice, bob, eve] = [address("ac"), address("a1"), address("b0"), address("ee")];
const id = (of: Address) => `eip155:1:${of}`;
const chain = testChain(1);
const implementation = chain.accountImplementation;
const nowMs = 1_800_000_000_000;
const delegated = (to: Address): FakeAccount => ({ code: `0xef0100${to.slice(2)}` });

/** A vault, the account as it was when it was claimed, and the chain as it is now. */
async function setUp(root: Partial<Vault>, then: FakeAccount | undefined, live = true) {
  const nodes = new FakeNodes();
  const ask = createAsk({ fetch: nodes.fetch, onDisagreement: () => undefined }, chain);
  if (then !== undefined) nodes.accounts.set(account, then);
  const code = await lookAtCode(ask, chain, account);
  const db = nodeDatabase();
  migrate(db);
  const vault: Vault = {
    vaultId: id(account),
    rootKind: "CONTRACT",
    deploySalt: "",
    deployPasskeyId: "",
    identityKeyId: "",
    authorityEpoch: 1,
    version: 1,
    freeze: undefined,
    createdMs: nowMs,
    claimEpoch: 1,
    rootOwner: id(alice),
    rootCode: code && rootCodeText(code),
    provisionalMs: undefined,
    floorMs: 0,
    generation: 0,
    restoredMs: undefined,
    ...root,
  };
  insertVault(db, vault, { id: id(alice), kind: "EOA", role: "OWNER" });
  if (live) {
    insertSession(db, {
      sessionId: "s",
      state: "ACTIVE",
      chainId: 1,
      keyAddress: eve,
      accountAddress: eve,
      delegationManager: eve,
      permission: undefined,
      expireMs: undefined,
      createdMs: nowMs,
      possession: new Uint8Array(65),
    });
  }
  const reconcile = createReconcile({
    db,
    chains: new Map([[1, chain]]),
    ask: () => ask,
    now: () => nowMs,
  });
  const compare = async (now: FakeAccount | undefined) => {
    if (now === undefined) nodes.accounts.delete(account);
    else nodes.accounts.set(account, now);
    const outcome = await reconcile();
    const [entry] = list(db, 1e9, 1);
    const cause = entry && (JSON.parse(entry.facts) as { cause: string }).cause;
    return { outcome, cause, freeze: readVault(db)?.freeze };
  };
  return { db, nodes, vault, compare };
}

const own = (owner: Address) => fakeHybrid(implementation, owner);
const again = { kind: "again", dueMs: nowMs + reconcilePauseMs };

describe("the comparison with the chain", () => {
  test.each<
    [string, string | undefined, Partial<Vault>, FakeAccount | undefined, FakeAccount | undefined]
  >([
    ["nothing changed", undefined, {}, own(alice), own(alice)],
    ["the owner changed", "owner", {}, own(alice), own(eve)],
    ["the owner was renounced", "owner", {}, own(alice), own(address("00"))],
    ["the implementation changed", "code", {}, own(alice), fakeHybrid(eve, alice)],
    ["the code changed", "code", {}, own(alice), { ...own(alice), code: "0x60" }],
    ["the account is gone", "code", {}, own(alice), undefined],
    [
      "an account was deployed as it had to be",
      undefined,
      { rootKind: "COUNTERFACTUAL" },
      undefined,
      own(alice),
    ],
    [
      "an account was deployed and is another's",
      "owner",
      { rootKind: "COUNTERFACTUAL" },
      undefined,
      own(eve),
    ],
    [
      "an account was deployed with other code",
      "code",
      { rootKind: "COUNTERFACTUAL" },
      undefined,
      { code: "0x60", owner: alice },
    ],
    [
      "a key got code",
      "code",
      { rootKind: "EOA", rootOwner: id(account) },
      undefined,
      delegated(eve),
    ],
    [
      "a key's code is the same",
      undefined,
      { rootKind: "EIP7702", rootOwner: id(account) },
      delegated(bob),
      delegated(bob),
    ],
    [
      "a key's code changed",
      "code",
      { rootKind: "EIP7702", rootOwner: id(account) },
      delegated(bob),
      delegated(eve),
    ],
    [
      "a key's code was taken away",
      "code",
      { rootKind: "EIP7702", rootOwner: id(account) },
      delegated(bob),
      undefined,
    ],
    [
      "a contract that signs for itself is the same",
      undefined,
      { rootOwner: id(account) },
      { code: "0x60" },
      { code: "0x60" },
    ],
  ])("%s", async (_, cause, root, then, now) => {
    const { compare } = await setUp(root, then);
    const compared = await compare(now);
    expect(compared.cause).toBe(cause);
    expect(compared.freeze?.by).toBe(cause === undefined ? undefined : "vault");
    expect(compared.outcome).toEqual(again);
  });

  test("an owner that the vault knows is no change, and counts from then on", async () => {
    const { db, compare } = await setUp({}, own(alice));
    db.run("INSERT INTO member (member_id, kind, role) VALUES (?, 'EOA', 'OWNER')", id(bob));
    db.run("INSERT INTO member (member_id, kind, role) VALUES (?, 'EOA', 'GUARDIAN')", id(eve));
    expect((await compare(own(bob))).freeze).toBeUndefined();
    expect(readVault(db)?.rootOwner).toBe(id(bob));
    db.run("DELETE FROM member WHERE member_id = ?", id(alice));
    expect((await compare(own(alice))).cause).toBe("owner");
  });

  test("a guardian is no owner", async () => {
    const { db, compare } = await setUp({}, own(alice));
    db.run("INSERT INTO member (member_id, kind, role) VALUES (?, 'EOA', 'GUARDIAN')", id(eve));
    expect((await compare(own(eve))).cause).toBe("owner");
  });

  test("who lifts the freeze accepts the new code, and never another owner", async () => {
    const upgraded = { ...own(alice), implementation: bob };
    const { db, compare } = await setUp({}, own(alice));
    expect((await compare(upgraded)).cause).toBe("code");
    writeFreeze(db, undefined);
    expect((await compare(upgraded)).freeze).toBeUndefined();
    expect((await compare({ ...upgraded, owner: eve })).freeze?.by).toBe("vault");
    writeFreeze(db, undefined);
    expect((await compare({ ...upgraded, owner: eve })).freeze?.by).toBe("vault");
  });

  test("a freeze that is there stays as it is", async () => {
    const { db, compare } = await setUp({}, own(alice));
    writeFreeze(db, { by: "k", reason: "theft", atMs: nowMs });
    expect((await compare(own(eve))).freeze?.by).toBe("k");
    expect(list(db, 1e9, 9)).toEqual([]);
  });

  test("what could not be seen at the claim is what is compared with from the first look on", async () => {
    const root = { rootKind: "EOA", rootOwner: id(account), rootCode: undefined } as const;
    const { db, compare } = await setUp(root, undefined);
    expect((await compare(delegated(bob))).freeze).toBeUndefined();
    expect(readVault(db)?.rootCode).toBe(`eip7702 ${bob}`);
    expect((await compare(delegated(eve))).cause).toBe("code");
  });

  test("a key that an owner gave a session may lend itself code, once", async () => {
    const root = { rootKind: "EOA", rootOwner: id(account) } as const;
    const { db, compare } = await setUp(root, undefined);
    expectCode(db);
    expect((await compare(delegated(bob))).freeze).toBeUndefined();
    expectCode(db);
    expect((await compare(delegated(eve))).cause).toBe("code");
  });

  test("a vault that was claimed before roots were remembered is compared as it is", async () => {
    const root = { rootKind: "COUNTERFACTUAL", rootOwner: "", rootCode: undefined } as const;
    const { db, compare } = await setUp(root, undefined);
    expect((await compare(own(alice))).freeze).toBeUndefined();
    expect(readVault(db)?.rootOwner).toBe(id(alice));
    expect((await compare(own(eve))).cause).toBe("owner");
  });

  test("nodes that do not answer change nothing; it is tried again", async () => {
    const { nodes, compare } = await setUp({}, own(alice));
    for (const url of chain.rpcUrls)
      nodes.faults.set(url, () => Response.json({}, { status: 503 }));
    const compared = await compare(own(eve));
    expect(compared.outcome.kind).toBe("retry");
    expect(compared.freeze).toBeUndefined();
  });

  test("without a live session it is not compared again", async () => {
    const { compare } = await setUp({}, own(alice), false);
    expect((await compare(own(alice))).outcome).toEqual({ kind: "done" });
  });

  test.each([
    ["its owner", alice, own(alice)],
    ["another owner", bob, own(bob)],
  ])("a vault that %s took over meanwhile is looked at anew", async (_, owner, now) => {
    const { db, vault, nodes, compare } = await setUp({}, own(eve));
    nodes.faults.set(chain.rpcUrls[0] ?? "", (method) => {
      if (method === "eth_call" && readVault(db)?.claimEpoch === 1) {
        const code = readVault(db)?.rootCode;
        const next = { ...vault, claimEpoch: 2, rootOwner: id(owner), rootCode: code };
        supersedeVault(db, next, { id: id(owner), kind: "EOA", role: "OWNER" });
      }
      return undefined;
    });
    expect((await compare(now)).outcome).toEqual({ kind: "again", dueMs: nowMs });
    const settled = await compare(now);
    expect(settled.outcome).toEqual(again);
    expect(settled.freeze).toBeUndefined();
  });

  test("the proxy's code is what the factory leaves on chain", () => {
    expect(hybridAccountCode.length).toBe(2 + 2 * 163);
  });
});
