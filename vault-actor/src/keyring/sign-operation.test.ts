import { hexToBytes } from "viem";
import { afterEach, describe, expect, test, vi } from "vitest";
import { recoverSigner } from "#protocol/proof/eip191";
import {
  account,
  chain,
  deploying,
  eth,
  type OperatingVault,
  operatingVault,
  planned,
  prepared,
  startMs,
  target,
} from "../../test/support/operating-vault.ts";
import { identity } from "../../test/support/test-keyring.ts";
import { encodeRedemption } from "../execution/redemption.ts";
import { type ReservedOperation, reserveOperation } from "../execution/reservation.ts";
import type { SessionOperation } from "../execution/session-operation.ts";
import { encodeExecute, laneNonce, signingDigest } from "../execution/user-operation.ts";
import { readSession } from "../session/store.ts";
import type { KeyMaker } from "./keyring.ts";

const stranger = "0x9999999999999999999999999999999999999999" as const;

afterEach(() => {
  vi.restoreAllMocks();
});

async function ready() {
  const vault = await operatingVault({
    calls: [{ target, selectors: ["0x"] }],
    recipients: [target],
    assets: [{ asset: eth, maxPerOperation: "60" }],
  });
  planned(vault, "e1", startMs);
  planned(vault, "e2", startMs);
  return vault;
}

/** Reserves as the submit step does. */
function reservedIn({ db }: OperatingVault, candidate: SessionOperation): ReservedOperation {
  const result = reserveOperation(db, candidate, startMs);
  if (!result.ok || typeof result.value === "string") throw new Error("not reserved");
  return result.value;
}

describe("signing an operation", () => {
  test("the session's key signs the reserved operation's own digest", async () => {
    const vault = await ready();
    const candidate = { ...prepared(vault, "e1", 5n, deploying(vault)) };
    const { signature } = await vault.keyring.withSession(candidate, (sign) =>
      sign(reservedIn(vault, candidate)),
    );
    const digest = signingDigest(candidate.userOperation, chain.entryPoint, 1);
    const signer = recoverSigner(hexToBytes(digest), hexToBytes(signature));
    expect(signer).toBe(candidate.session.keyAddress);
  });

  const foreign: [string, (own: ReturnType<typeof prepared>, vault: OperatingVault) => unknown][] =
    [
      ["sender", (own) => ({ userOperation: { ...own.userOperation, sender: stranger } })],
      ["nonce", (own) => ({ userOperation: { ...own.userOperation, nonce: laneNonce("other") } })],
      ["nonce", () => ({ executionId: "e2" })],
      [
        "factory",
        (own) => ({
          userOperation: { ...own.userOperation, factory: stranger, factoryData: "0x" },
        }),
      ],
      [
        "factory",
        (own, vault) => ({
          userOperation: { ...own.userOperation, ...deploying(vault), factoryData: "0x00" },
        }),
      ],
      ["fee", (own) => ({ userOperation: { ...own.userOperation, maxFeePerGas: "0xff" } })],
      ["call data", (own) => ({ userOperation: { ...own.userOperation, callData: "0x" } })],
      [
        "call data",
        (own) => ({
          userOperation: { ...own.userOperation, callData: encodeExecute(stranger, "0x") },
        }),
      ],
      [
        "call data",
        ({ session: { permission }, userOperation }) => {
          if (permission === undefined) throw new Error("no permission");
          const call = { target: stranger, value: 5n, data: "0x" } as const;
          const callData = encodeExecute(
            chain.delegationManager,
            encodeRedemption(permission, [call]),
          );
          return { userOperation: { ...userOperation, callData } };
        },
      ],
      [
        "call data",
        ({ session: { permission }, userOperation }) => {
          if (permission === undefined) throw new Error("no permission");
          const other = { ...permission, salt: 2n };
          const call = { target: `0x${"d".repeat(40)}`, value: 5n, data: "0x" } as const;
          const callData = encodeExecute(chain.delegationManager, encodeRedemption(other, [call]));
          return { userOperation: { ...userOperation, callData } };
        },
      ],
      ["call data", (own) => ({ operation: { ...own.operation, calls: [] } })],
      [
        "call data",
        (own) => ({
          operation: {
            ...own.operation,
            calls: own.operation.calls.map((c) => ({ ...c, value: 4n })),
          },
        }),
      ],
      ["vault", (own) => ({ operation: { ...own.operation, account: `eip155:1:${stranger}` } })],
      ["chain", () => ({ chain: { ...chain, chainId: 2 } })],
      ["chain", (own) => ({ session: { ...own.session, chainId: 2 } })],
      ["session", (own) => ({ session: { ...own.session, state: "REVOKED" } })],
      ["session", (own) => ({ session: { ...own.session, permission: undefined } })],
      [
        "delegator",
        (own) => ({
          session: {
            ...own.session,
            permission: { ...own.session.permission, delegator: stranger },
          },
        }),
      ],
      [
        "delegate",
        (own) => ({
          session: { ...own.session, permission: { ...own.session.permission, delegate: account } },
        }),
      ],
      ["delegation manager", () => ({ chain: { ...chain, delegationManager: stranger } })],
    ];

  test.each(foreign)(
    "another %s is refused with the key still sealed (%#)",
    async (part, change) => {
      const vault = await ready();
      const own = prepared(vault, "e1", 5n);
      const decrypt = vi.spyOn(crypto.subtle, "decrypt");
      const candidate = { ...own, ...(change(own, vault) as object) };
      await expect(
        vault.keyring.withSession(candidate, () => "the key was opened"),
      ).rejects.toThrow(`not an operation of this vault's session: ${part}`);
      expect(decrypt).not.toHaveBeenCalled();
    },
  );

  test("nothing is signed that was not reserved, whatever its type says", async () => {
    const vault = await ready();
    const candidate = prepared(vault, "e1", 5n);
    const attempts: [string, (vault: OperatingVault) => unknown][] = [
      ["a candidate", () => candidate],
      ["a copy of a reserved one", () => ({ ...reservedIn(vault, candidate) })],
      [
        "one whose reservation was taken back",
        () => {
          let kept: unknown;
          const rolledBack = () =>
            vault.db.transaction(() => {
              kept = reservedIn(vault, candidate);
              throw new Error("back");
            });
          expect(rolledBack).toThrow("back");
          return kept;
        },
      ],
      [
        "one whose reservation was changed",
        () => {
          const kept = reservedIn(vault, candidate);
          vault.db.run("UPDATE spend SET reserved = '1' WHERE execution_id = 'e1'");
          return kept;
        },
      ],
      [
        "one whose execution moved on",
        () => {
          const kept = reservedIn(vault, candidate);
          vault.db.run("UPDATE execution SET state = 'CANCELLED' WHERE execution_id = 'e1'");
          return kept;
        },
      ],
    ];
    for (const [name, attempt] of attempts) {
      const signing = vault.keyring.withSession(candidate, (sign) =>
        vault.db.transaction(() => {
          const signature = sign(attempt(vault) as ReservedOperation);
          throw new Error(`${name} was signed: ${signature.hash}`);
        }),
      );
      await expect(signing, name).rejects.toThrow("nothing is reserved");
    }
  });

  test("the types let nobody make a reservation, or hand over a digest", () => {
    const compiles = (vault: OperatingVault, candidate: SessionOperation) => {
      // @ts-expect-error: a reservation can't be written down.
      const made: ReservedOperation = { ...candidate, limits: [] };
      return vault.keyring.withSession(candidate, (sign) => [
        sign(made),
        // @ts-expect-error: what is not reserved is not signed.
        sign(candidate),
        // @ts-expect-error: a digest is not an operation.
        sign(new Uint8Array(32)),
        // @ts-expect-error: nor is one in hexadecimal.
        sign("0x00"),
      ]);
    };
    expect(compiles).toBeTypeOf("function");
    const services = (keys: KeyMaker, candidate: SessionOperation) =>
      // @ts-expect-error: what services are given makes keys and uses none.
      keys.withSession(candidate, () => undefined);
    expect(services).toBeTypeOf("function");
  });

  test("a reserved operation is not signed with another session's key", async () => {
    const vault = await ready();
    const candidate = prepared(vault, "e1", 5n);
    const { prepared: key } = await vault.keyring.prepareSession("session:s2", 1, identity);
    vault.keyring.write(key, startMs);
    const other = { ...candidate, session: { ...candidate.session, sessionId: "s2" } };
    await expect(
      vault.keyring.withSession(other, (sign) => sign(reservedIn(vault, candidate))),
    ).rejects.toThrow("another session's");
  });

  test("a reserved operation can't be changed before it is signed", async () => {
    const vault = await ready();
    const candidate = prepared(vault, "e1", 5n);
    await expect(
      vault.keyring.withSession(candidate, (sign) => {
        const reserved = reservedIn(vault, candidate);
        Object.assign(reserved.userOperation, { callData: "0x" });
        return sign(reserved);
      }),
    ).rejects.toThrow("call data");
    const fresh = prepared(vault, "e2", 5n);
    await expect(
      vault.keyring.withSession(fresh, (sign) => {
        const reserved = reservedIn(vault, fresh);
        return sign(Object.assign(reserved, { userOperation: candidate.userOperation }));
      }),
    ).rejects.toThrow(TypeError);
  });

  test.each([
    ["signed", (vault: OperatingVault, own: SessionOperation) => reservedIn(vault, own)],
    ["refused", (_: OperatingVault, own: SessionOperation) => own as ReservedOperation],
  ])("the opened key is wiped when the operation is %s", async (outcome, reservation) => {
    const vault = await ready();
    const own = prepared(vault, "e1", 5n);
    const decrypt = vi.spyOn(crypto.subtle, "decrypt");
    const done = await vault.keyring
      .withSession(own, (sign) => sign(reservation(vault, own)))
      .then(
        () => "signed",
        () => "refused",
      );
    expect(done).toBe(outcome);
    const bytes = new Uint8Array((await decrypt.mock.results[0]?.value) as ArrayBuffer);
    expect(bytes.length).toBe(32);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  test("a signer that was kept signs nothing afterwards", async () => {
    const vault = await ready();
    const own = prepared(vault, "e1", 5n);
    const kept = await vault.keyring.withSession(own, (sign) => sign);
    expect(() => kept(reservedIn(vault, own))).toThrow("wiped");
    const late = await vault.keyring
      .withSession(own, (sign) =>
        Promise.resolve().then(() => sign(reservedIn(vault, prepared(vault, "e2", 5n)))),
      )
      .catch((fault: Error) => fault.message);
    expect(late).toContain("wiped");
    expect(readSession(vault.db, "s1")?.state).toBe("ACTIVE");
  });
});
