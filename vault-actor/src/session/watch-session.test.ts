import { createTimestampTerms } from "@metamask/delegation-core";
import { type Hex, toFunctionSelector } from "viem";
import { describe, expect, test } from "vitest";
import { insertClaimed } from "../../test/support/claimed-row.ts";
import { nodeDatabase } from "../../test/support/node-database.ts";
import { testChain } from "../../test/support/test-chain.ts";
import type { Agreement } from "../account/quorum.ts";
import { list } from "../ledger/store.ts";
import { migrate } from "../storage/migrate.ts";
import { readRevocation, wantRevocation, writeRevocation } from "./revocation-store.ts";
import { insertSession, installPermission, readSession, revokeSession } from "./store.ts";
import { createWatchSession } from "./watch-session.ts";

const at = (byte: string): Hex => `0x${byte.repeat(20)}`;
const account = at("a1");
const vaultId = `eip155:1:${account}`;
const dayMs = 86_400_000;
const startMs = 1_800_000_000_000;
const expireMs = startMs + 30 * dayMs;
const word = (value: number): Agreement => ({
  kind: "value",
  value: `0x${String(value).padStart(64, "0")}`,
});

function setUp() {
  const db = nodeDatabase();
  migrate(db);
  insertClaimed(db, vaultId, startMs);
  insertSession(db, {
    sessionId: "s",
    state: "PENDING",
    chainId: 1,
    keyAddress: at("b1"),
    accountAddress: at("b2"),
    delegationManager: at("b3"),
    permission: undefined,
    expireMs: undefined,
    createdMs: startMs,
    possession: undefined,
  });
  const terms = createTimestampTerms({ afterThreshold: 0, beforeThreshold: expireMs / 1000 });
  const permission = {
    delegate: at("b2"),
    delegator: account,
    authority: `0x${"ff".repeat(32)}`,
    caveats: [{ enforcer: testChain(1).enforcers.timestamp, terms: terms as Hex }],
    salt: 1n,
    signature: `0x${"11".repeat(65)}`,
  } as const;
  installPermission(db, "s", permission, expireMs);
  const world = {
    nowMs: startMs,
    disabled: word(0) as Agreement,
    accepts: true,
    sent: [] as unknown[],
  };
  const forgotten: string[] = [];
  const watch = createWatchSession({
    db,
    chains: new Map([[1, testChain(1)]]),
    ask: () => async (_, params) => {
      const [{ data }] = params as [{ data: Hex }];
      expect(data.slice(0, 10)).toBe(toFunctionSelector("disabledDelegations(bytes32)"));
      return world.disabled;
    },
    rpcFor: () => async (method, params) => {
      world.sent.push([method, params[0]]);
      return world.accepts
        ? { kind: "ok", value: "0x" as never }
        : { kind: "retry", reason: "busy" };
    },
    vaultId: () => vaultId,
    forgetKey: (id) => forgotten.push(id),
    now: () => world.nowMs,
  });
  const kinds = () =>
    list(db, Number.MAX_SAFE_INTEGER, 50)
      .map(({ kind }) => kind)
      .reverse();
  return { db, world, watch: () => watch("s"), forgotten, kinds };
}

const operation = {
  sender: account,
  nonce: "0x010000000000000000",
  callData: "0x00",
  callGasLimit: "0x1",
  verificationGasLimit: "0x1",
  preVerificationGas: "0x1",
  maxFeePerGas: "0x1",
  maxPriorityFeePerGas: "0x1",
  signature: "0x00",
} as const;

describe("the job of a session", () => {
  test("warns once at seven days and once at one, and looks daily in between", async () => {
    const { world, watch, kinds } = setUp();
    for (let days = 0; days < 30; days += 0.25) {
      world.nowMs = startMs + days * dayMs;
      const outcome = await watch();
      expect(outcome.kind).toBe("again");
      if (outcome.kind === "again") expect(outcome.dueMs - world.nowMs).toBeLessThanOrEqual(dayMs);
    }
    expect(kinds()).toEqual(["SESSION_EXPIRING", "SESSION_EXPIRING"]);
    world.nowMs = expireMs;
    expect(await watch()).toEqual({ kind: "done" });
  });

  test("is due at the very moment of a warning", async () => {
    const { world, watch } = setUp();
    world.nowMs = expireMs - 7 * dayMs - 1000;
    expect(await watch()).toEqual({ kind: "again", dueMs: expireMs - 7 * dayMs });
  });

  test("one that the owner disabled on chain is revoked, with its key", async () => {
    const { db, world, watch, forgotten, kinds } = setUp();
    world.disabled = word(1);
    expect(await watch()).toEqual({ kind: "done" });
    expect(readSession(db, "s")).toMatchObject({ state: "REVOKED", disabledMs: startMs });
    expect([forgotten, kinds()]).toEqual([["s"], ["SESSION_REVOKED", "REVOCATION_PROVED"]]);
    expect(await watch()).toEqual({ kind: "done" });
    expect(kinds().length).toBe(2);
  });

  test.each<[string, Agreement]>([
    ["disagree", { kind: "unavailable" }],
    ["answer nothing", { kind: "value", value: "0x" }],
    ["revert", { kind: "revert" }],
  ])("nothing is proved when nodes %s", async (_, disabled) => {
    const { db, world, watch } = setUp();
    world.disabled = disabled;
    expect((await watch()).kind).toBe("retry");
    expect(readSession(db, "s")?.state).toBe("ACTIVE");
  });

  test("a stored revocation is sent when it is wanted, again until the chain shows it, and told once", async () => {
    const { db, world, watch, kinds } = setUp();
    writeRevocation(db, "s", operation, "0x01", startMs);
    await watch();
    expect(world.sent).toEqual([]);
    revokeSession(db, "s");
    wantRevocation(db, "s", startMs);
    world.accepts = false;
    expect(await watch()).toEqual({ kind: "again", dueMs: startMs + 15_000 });
    expect(readRevocation(db, "s")?.sentMs).toBeUndefined();
    world.accepts = true;
    await watch();
    await watch();
    expect(world.sent.length).toBe(3);
    expect(world.sent[0]).toEqual([
      "eth_sendUserOperation",
      { ...operation, nonce: "0x10000000000000000" },
    ]);
    expect(kinds()).toEqual(["REVOCATION_CHANGED"]);
    world.nowMs += 3_600_000;
    expect(await watch()).toEqual({ kind: "again", dueMs: world.nowMs + 3_600_000 });
    world.disabled = word(1);
    expect(await watch()).toEqual({ kind: "done" });
    expect(kinds()).toEqual(["REVOCATION_CHANGED", "REVOCATION_PROVED"]);
  });
});
