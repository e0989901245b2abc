/**
 * Whatever order authority changes, freezes, grants, replays and time come in: a consent holds
 * exactly when a much simpler model says so.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { hexToBytes } from "viem";
import { expect, test } from "vitest";
import {
  Authority_Member_Kind,
  Authority_Member_Role,
  Authority_MemberSchema,
  type OwnerAct,
  OwnerActSchema,
} from "#gen/vault/v1/authority";
import { type Act, actDigest, type Consent as SignedConsent } from "#protocol/acts/act";
import { freezeAct, ownerRotationAct } from "#protocol/acts/authority-acts";
import { keyRevokeAct, unfreezeAct } from "#protocol/acts/vault-acts";
import { ok } from "#protocol/result";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { checkMembers } from "../identity/authority.ts";
import type { Consent, Quorum } from "../identity/consent.ts";
import type { CheckProof } from "../identity/proof.ts";
import { rotate } from "../identity/rotate.ts";
import { insertVault, readAuthority, writeFreeze } from "../identity/vault-store.ts";
import { fromMember } from "../identity/wire.ts";
import type { Database } from "../storage/database.ts";
import { migrate } from "../storage/migrate.ts";
import type { Call } from "./call.ts";
import { spendConsent, verifyConsent } from "./consent.ts";

const vaultId = `eip155:1:0x${"f".repeat(40)}`;
const ids = ["a", "b", "c", "d"].map((digit) => `eip155:1:0x${digit.repeat(40)}`);
const { OWNER, GUARDIAN } = Authority_Member_Role;
const startMs = 1_800_000_000_000;

/** A signature that only `member` could have made, for the sake of the model. */
const signature = (member: string, digest: Uint8Array) =>
  sha256(new Uint8Array([...new TextEncoder().encode(member), ...digest]));

const checkProof: CheckProof = async (proof, member, digest) => {
  const given = proof.kind === "erc1271" ? proof.signature : new Uint8Array();
  return String(given) === String(signature(member.id, digest)) ? "valid" : "invalid";
};

/** What a consent may be to. Members are named by their place in `ids`. */
type Deed =
  | { kind: "rotate"; members: [number, Authority_Member_Role][]; threshold: number }
  | { kind: "freeze" | "unfreeze" | "revoke" };

/** Enough owners, one too few, a guardian in the place of one, or whoever is named. */
type Signers = "enough" | "thin" | "guarded" | number[];

type Step =
  /** Members sign a deed: perhaps too few of them, perhaps in an old epoch, perhaps for long. */
  | { kind: "sign"; deed: Deed; signers: Signers; age: number; seconds: number }
  /** Somebody brings what was signed, perhaps for another deed than was signed. */
  | { kind: "bring"; which: number; deed: Deed | undefined }
  /** What was brought reaches its transaction: at once, much later, or again. */
  | { kind: "spend"; which: number }
  | { kind: "wait"; ms: number };

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    kind: fc.constant("rotate" as const),
    members: fc.uniqueArray(fc.tuple(fc.nat(3), fc.constantFrom(OWNER, OWNER, GUARDIAN)), {
      minLength: 1,
      maxLength: 4,
      selector: ([index]) => index,
    }),
    threshold: fc.constantFrom(1, 1, 2),
  }),
  fc.record({ kind: fc.constantFrom("freeze", "unfreeze", "revoke" as const) }),
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("sign" as const),
    deed: deeds,
    signers: fc.oneof(
      fc.constantFrom("enough", "enough", "thin", "guarded" as const),
      fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 }),
    ),
    age: fc.constantFrom(0, 0, 0, 0, 1, 2),
    seconds: fc.constantFrom(60, 86_400, 7 * 86_400, 8 * 86_400),
  }),
  fc.record({
    kind: fc.constant("bring" as const),
    which: fc.nat(),
    deed: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: deeds },
    ),
  }),
  fc.record({ kind: fc.constant("spend" as const), which: fc.nat() }),
  fc.record({
    kind: fc.constant("wait" as const),
    ms: fc.constantFrom(1, 1_000, 1_000, 60_000, 86_400_000),
  }),
);

const quorumOf = (deed: Deed): Quorum => (deed.kind === "freeze" ? "member" : "owners");

function builderOf(deed: Deed): (consent: SignedConsent) => Act {
  switch (deed.kind) {
    case "rotate":
      return ownerRotationAct.bind(undefined, vaultId, wired(deed.members), deed.threshold, 1n);
    case "freeze":
      return freezeAct.bind(undefined, vaultId, "");
    case "unfreeze":
      return unfreezeAct.bind(undefined, vaultId);
    case "revoke":
      return keyRevokeAct.bind(undefined, vaultId, "k");
  }
}

function wired(members: [number, Authority_Member_Role][]) {
  const kind = Authority_Member_Kind.CONTRACT;
  return members.map(([index, role]) =>
    create(Authority_MemberSchema, { kind, id: ids[index] ?? "", role }),
  );
}

/** A vault of which two owners out of three must sign, and the fourth of `ids` is a guardian. */
function shared() {
  const db = nodeDatabase();
  migrate(db);
  const vault = {
    vaultId,
    rootKind: "CONTRACT",
    deploySalt: "",
    deployPasskeyId: "",
    identityKeyId: "",
    authorityEpoch: 1,
    version: 1,
    freeze: undefined,
    createdMs: startMs,
    claimEpoch: 1,
    rootOwner: ids[0] ?? "",
    rootCode: undefined,
    provisionalMs: undefined,
    floorMs: 0,
    generation: 0,
    restoredMs: undefined,
  } as const;
  insertVault(db, vault, { kind: "CONTRACT", id: ids[0] ?? "", role: "OWNER" });
  const owners = [0, 1, 2].map((index): [number, Authority_Member_Role] => [index, OWNER]);
  const model: Model = {
    owners: new Set(),
    guardians: new Set(),
    threshold: 1,
    epoch: 1,
    nowMs: startMs,
    done: new Set(),
  };
  carryOut(db, model, { kind: "rotate", members: [...owners, [3, GUARDIAN]], threshold: 2 });
  return { db, model };
}

/** What the model knows: who may sign, the epoch, the time, what was done. */
type Model = {
  owners: Set<string>;
  guardians: Set<string>;
  threshold: number;
  epoch: number;
  nowMs: number;
  done: Set<string>;
};

/** An act as it was signed. */
type Signed = {
  deed: Deed;
  signers: string[];
  epoch: number;
  expireMs: number;
  ownerAct: OwnerAct;
};

/** Whether `signed` should hold as a consent to `deed`. */
function holds(model: Model, signed: Signed, deed: Deed): boolean {
  const { signers, epoch, expireMs } = signed;
  const inTime = model.nowMs < expireMs && expireMs <= model.nowMs + 7 * 86_400_000;
  const owners = signers.filter((id) => model.owners.has(id)).length;
  const guardians = signers.filter((id) => model.guardians.has(id)).length;
  const enough =
    quorumOf(deed) === "member"
      ? owners + guardians === signers.length && signers.length > 0
      : owners === signers.length && owners >= model.threshold;
  const same = JSON.stringify(deed) === JSON.stringify(signed.deed);
  return same && inTime && enough && epoch === model.epoch;
}

test("no order of events lets an old, foreign, thin or used consent hold, nor stops a good one", async () => {
  const seen = { held: 0, refused: 0, rotated: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 20, maxLength: 60 }), async (script) => {
      const { db, model } = shared();
      const signed: Signed[] = [];
      const brought: Brought[] = [];
      const call = () => ({ vaultId, nowMs: model.nowMs }) as Call;

      for (const [index, step] of script.entries()) {
        if (step.kind === "wait") model.nowMs += step.ms;
        if (step.kind === "sign") signed.push(sign(model, step, index));
        if (step.kind === "bring" && signed.length > 0) {
          const given = recent(signed, step.which);
          const deed = step.deed ?? given.deed;
          const build = builderOf(deed);
          const options = { quorum: quorumOf(deed) };
          const deps = { db, checkProof, admitLookup: () => ok(undefined) };
          const verified = await verifyConsent(deps, call(), given.ownerAct, build, options);
          expect(verified.ok).toBe(holds(model, given, deed));
          if (verified.ok) brought.push({ signed: given, deed, consent: verified.value });
        }
        if (step.kind === "spend" && brought.length > 0) {
          const { signed, deed, consent } = recent(brought, step.which);
          const spent = db.transaction(() =>
            spendConsent(db, call(), consent, { quorum: quorumOf(deed) }),
          );
          const { actId } = signed.ownerAct;
          expect(spent.ok).toBe(holds(model, signed, deed) && !model.done.has(actId));
          seen[spent.ok ? "held" : "refused"] += 1;
          if (!spent.ok) continue;
          model.done.add(actId);
          if (carryOut(db, model, deed)) seen.rotated += 1;
        }
        expect(readAuthority(db).epoch).toBe(model.epoch);
      }
    }),
    { numRuns: 300, seed: 7 },
  );
  // The scripts are worth something: all of it happened, and often.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(30);
}, 60_000);

function signersOf({ owners, guardians, threshold }: Model, wanted: Signers): string[] {
  if (typeof wanted !== "string") return wanted.map((at) => ids[at] ?? "");
  const enough = [...owners].slice(0, threshold);
  if (wanted === "enough") return enough;
  return [...enough.slice(1), ...(wanted === "guarded" ? [...guardians].slice(0, 1) : [])];
}

/** One of the last few, the last more often than not. */
function recent<T>(list: readonly T[], which: number): T {
  const back = [0, 0, 0, 0, 1, 2, 5, 9][which % 8] ?? 0;
  return list[Math.max(0, list.length - 1 - back)] as T;
}

type Brought = { signed: Signed; deed: Deed; consent: Consent };

function sign(model: Model, step: Extract<Step, { kind: "sign" }>, index: number): Signed {
  const { deed, seconds } = step;
  const epoch = Math.max(0, model.epoch - step.age);
  const expireMs = model.nowMs + seconds * 1000;
  const actId = `0x${String(index).padStart(64, "0")}`;
  const consent = { actId, expireTime: timestampFromMs(expireMs), epoch: BigInt(epoch) };
  const digest = hexToBytes(actDigest(builderOf(deed)(consent), 1));
  const signers = signersOf(model, step.signers);
  const proofs = signers.map((member) => ({
    member,
    proof: { case: "erc1271" as const, value: new Uint8Array(signature(member, digest)) },
  }));
  const ownerAct = create(OwnerActSchema, { ...consent, proofs });
  return { deed, signers, epoch, expireMs, ownerAct };
}

/** Does a deed in the vault and in the model. True when the authority changed. */
function carryOut(db: Database, model: Model, deed: Deed): boolean {
  if (deed.kind === "freeze") writeFreeze(db, { by: "k", reason: "", atMs: model.nowMs });
  if (deed.kind === "unfreeze") writeFreeze(db, undefined);
  if (deed.kind !== "rotate") return false;
  const { threshold } = deed;
  const members = wired(deed.members);
  if (!checkMembers(members.map(fromMember), threshold, { kind: "CONTRACT", id: vaultId }).ok)
    return false;
  rotate(db, { members, threshold, cause: "owners", actor: "k", signers: [] }, model.nowMs);
  const of = (wanted: Authority_Member_Role) =>
    new Set(members.filter(({ role }) => role === wanted).map(({ id }) => id));
  model.owners = of(OWNER);
  model.guardians = of(GUARDIAN);
  model.threshold = threshold;
  model.epoch += 1;
  return true;
}
