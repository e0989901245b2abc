import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
  OwnerActSchema,
} from "#gen/vault/v1/authority";
import { RecoverAuthorityRequestSchema } from "#gen/vault/v1/authority_messages";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { list } from "../ledger/store.ts";
import { migrate } from "../storage/migrate.ts";
import type { Member } from "./authority.ts";
import type { CheckProof, ProofVerdict } from "./proof.ts";
import { createRecover } from "./recover.ts";
import { recoveryDelayMs } from "./recovery.ts";
import { deleteRecovery, readRecovery, writeRecovery } from "./recovery-store.ts";
import { rotate } from "./rotate.ts";
import type { RootKind } from "./vault.ts";
import { insertVault, readAuthority } from "./vault-store.ts";

const startMs = 1_800_000_000_000;
const account = `eip155:1:0x${"a".repeat(40)}`;
const oldOwner: Member = { kind: "EOA", id: `eip155:1:0x${"b".repeat(40)}`, role: "OWNER" };
const newOwner: Member = { kind: "EOA", id: `eip155:1:0x${"c".repeat(40)}`, role: "OWNER" };
const wire = (member: Member) =>
  create(Authority_MemberSchema, {
    kind: Authority_Member_Kind[member.kind],
    id: member.id,
    role: Authority_Member_Role[member.role],
  });
const request = (actId: string, member = newOwner) =>
  create(RecoverAuthorityRequestSchema, {
    members: [wire(member)],
    threshold: 1,
    expectedVersion: 1n,
    act: create(OwnerActSchema, {
      actId: `0x${actId.repeat(64)}`,
      epoch: 1n,
      proofs: [{ member: account, proof: { case: "erc1271", value: new Uint8Array([1]) } }],
    }),
  });

/** A vault in which a recovery waits, whose account answers with `verdicts`, the last for ever. */
function waiting(verdicts: ProofVerdict[], options: { rootKind?: RootKind } = {}) {
  const db = nodeDatabase();
  migrate(db);
  const vault = {
    vaultId: account,
    rootKind: options.rootKind ?? "CONTRACT",
    deploySalt: "",
    deployPasskeyId: "",
    identityKeyId: "",
    authorityEpoch: 1,
    version: 1,
    freeze: undefined,
    createdMs: startMs,
    claimEpoch: 1,
    rootOwner: oldOwner.id,
    rootCode: undefined,
    provisionalMs: undefined,
    floorMs: 0,
    generation: 0,
    restoredMs: undefined,
  } as const;
  insertVault(db, vault, oldOwner);
  const effectiveMs = startMs + recoveryDelayMs;
  writeRecovery(db, { request: request("1"), proposedMs: startMs, effectiveMs });
  const clock = { nowMs: effectiveMs };
  const asked: { member: Member; digest: Uint8Array }[] = [];
  const hooks = { whileAsked: () => {} };
  const checkProof: CheckProof = async (_, member, digest) => {
    asked.push({ member, digest });
    hooks.whileAsked();
    return (verdicts.length > 1 ? verdicts.shift() : verdicts[0]) ?? "invalid";
  };
  const recover = createRecover({ db, checkProof, now: () => clock.nowMs });
  const owners = () => readAuthority(db).members.map(({ id }) => id);
  const facts = () => list(db, 1000, 10).map(({ kind, facts }) => [kind, JSON.parse(facts)]);
  return { db, clock, asked, hooks, recover, owners, facts, effectiveMs };
}

describe("a recovery", () => {
  test("takes effect when its time has come and the account stands by it", async () => {
    const { db, recover, owners, asked, facts } = waiting(["valid"]);
    expect(await recover()).toEqual({ kind: "done" });
    expect(owners()).toEqual([newOwner.id]);
    expect(readAuthority(db)).toMatchObject({ epoch: 2, version: 2, threshold: 1 });
    expect(readRecovery(db)).toBeUndefined();
    expect(asked[0]?.member).toEqual({ kind: "CONTRACT", id: account, role: "OWNER" });
    expect(facts()).toEqual([
      [
        "AUTHORITY_CHANGED",
        {
          cause: "recovery",
          epoch: "2",
          members: `owner: Ethereum key ${newOwner.id}`,
          signers: account,
          threshold: "1",
        },
      ],
    ]);
    expect(await recover()).toEqual({ kind: "done" });
    expect(readAuthority(db).epoch).toBe(2);
  });

  test("waits out its 48 hours to the millisecond, and nobody is asked before", async () => {
    const { clock, recover, owners, asked, effectiveMs } = waiting(["valid"]);
    clock.nowMs = effectiveMs - 1;
    expect(effectiveMs - startMs).toBe(172_800_000);
    expect(await recover()).toEqual({ kind: "again", dueMs: effectiveMs });
    expect([owners(), asked]).toEqual([[oldOwner.id], []]);
  });

  test.each<ProofVerdict>(["unavailable", "unsupported"])(
    "waits on while the account is %s",
    async (verdict) => {
      const { db, recover, owners } = waiting([verdict, "valid"]);
      expect(await recover()).toEqual({ kind: "retry", reason: expect.stringContaining(verdict) });
      expect(owners()).toEqual([oldOwner.id]);
      expect(readRecovery(db)).toBeDefined();
      expect(await recover()).toEqual({ kind: "done" });
      expect(owners()).toEqual([newOwner.id]);
    },
  );

  test("ends when the account does not stand by it any more", async () => {
    const { db, recover, owners, facts } = waiting(["invalid"]);
    expect(await recover()).toEqual({ kind: "done" });
    expect(owners()).toEqual([oldOwner.id]);
    expect(readRecovery(db)).toBeUndefined();
    expect(readAuthority(db).epoch).toBe(1);
    const cause = "the account does not stand by it";
    expect(facts()).toEqual([["RECOVERY_CANCELLED", { cause }]]);
  });

  test("that was cancelled while the account was asked does not happen", async () => {
    const { db, hooks, recover, owners } = waiting(["valid"]);
    hooks.whileAsked = () => deleteRecovery(db);
    expect(await recover()).toEqual({ kind: "done" });
    expect(owners()).toEqual([oldOwner.id]);
  });

  test("that was replaced while the account was asked waits out the other's delay", async () => {
    const { db, hooks, recover, owners, effectiveMs } = waiting(["valid"]);
    const later = effectiveMs + recoveryDelayMs;
    const other = { request: request("2"), proposedMs: effectiveMs, effectiveMs: later };
    hooks.whileAsked = () => writeRecovery(db, other);
    expect(await recover()).toEqual({ kind: "again", dueMs: later });
    expect(owners()).toEqual([oldOwner.id]);
  });

  test("ends when the owners change the authority while the account is asked", async () => {
    const { db, hooks, recover, owners, facts, effectiveMs } = waiting(["valid"]);
    const change = { members: [wire({ ...oldOwner, id: account })], threshold: 1 };
    const by = { cause: "owners", actor: "k", signers: [] } as const;
    hooks.whileAsked = () => rotate(db, { ...change, ...by }, effectiveMs);
    expect(await recover()).toEqual({ kind: "done" });
    expect(owners()).toEqual([account]);
    expect(facts().map(([kind]) => kind)).toEqual(["AUTHORITY_CHANGED", "RECOVERY_CANCELLED"]);
  });

  test.each([
    [
      "another version is in force",
      "UPDATE vault SET authority_version = 2",
      "the authority changed",
    ],
    ["another epoch is in force", "UPDATE vault SET authority_epoch = 2", "the authority changed"],
    [
      "the storage was restored",
      `UPDATE vault SET restored_ms = ${startMs + 1}`,
      "the storage was restored",
    ],
    [
      "the floor rose above it",
      `UPDATE vault SET floor_ms = ${startMs + 1}`,
      "the storage was restored",
    ],
  ])("ends when %s", async (_, change, cause) => {
    const { db, recover, owners, facts } = waiting(["valid"]);
    db.run(change);
    expect(await recover()).toEqual({ kind: "done" });
    expect(owners()).toEqual([oldOwner.id]);
    expect(facts()).toEqual([["RECOVERY_CANCELLED", { cause }]]);
  });

  test("that was asked for after a restore stands", async () => {
    const { db, recover, owners } = waiting(["valid"]);
    db.run("UPDATE vault SET restored_ms = ?, floor_ms = ?", startMs, startMs);
    expect(await recover()).toEqual({ kind: "done" });
    expect(owners()).toEqual([newOwner.id]);
  });

  test("of an account with a key is by that key, whatever the contract's check says", async () => {
    const { recover, owners, asked } = waiting(["valid"], { rootKind: "EIP7702" });
    expect(await recover()).toEqual({ kind: "done" });
    expect([owners(), asked]).toEqual([[oldOwner.id], []]);
  });
});
