/** What the vault of every run starts with: as the other sweep's, and a session that can act. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Intent, IntentSchema } from "#gen/vault/v1/intent";
import { PolicySchema } from "#gen/vault/v1/policy";
import type { ChainConfig } from "../../src/account/chain-config.ts";
import { writePolicy } from "../../src/policy/store.ts";
import type { Session } from "../../src/session/session.ts";
import { insertSession, installPermission } from "../../src/session/store.ts";
import type { Database } from "../../src/storage/database.ts";
import { testChain } from "../../test/support/test-chain.ts";
import { prepareVault, startMs, vaultId } from "../vault/base.ts";

const address = (digit: string) => `0x${digit.repeat(40)}` as const;

export const sessionId = "s1";
export const eth = "eip155:1/slip44:60";
export const recipient = `eip155:1:${address("d")}`;

/** The most that may leave within `windowMs`. */
export const limit = 100n;
export const windowMs = 600_000;

/** When the session's permission ends: 3 hours after the start. */
export const permissionEndMs = startMs + 3 * 3_600_000;

/** Three operators of which two must agree, and two bundlers. */
export function modelChain(confirmations: number): ChainConfig {
  return {
    ...testChain(1),
    rpcUrls: ["node0", "node1", "node2"],
    quorum: 2,
    bundlerUrls: ["bundler0", "bundler1"],
    confirmations,
    blockTimeMs: 2_000,
  };
}

/** Writes it. */
export function prepareExecutions(db: Database): void {
  prepareVault(db);
  const policy = create(PolicySchema, {
    calls: [{ target: recipient, selectors: ["0x"] }],
    recipients: [recipient],
    // Some bumps are within it, and some are not.
    maxOperationFee: "2000000",
    assets: [
      {
        asset: eth,
        maxPerOperation: "60",
        windows: [{ window: { seconds: BigInt(windowMs / 1000) }, maxAmount: String(limit) }],
      },
    ],
  });
  writePolicy(db, policy, 1, startMs);
  const session: Session = {
    sessionId,
    state: "PENDING",
    chainId: 1,
    keyAddress: address("e"),
    accountAddress: address("b"),
    delegationManager: modelChain(1).delegationManager,
    permission: undefined,
    expireMs: undefined,
    possession: undefined,
    createdMs: startMs,
  };
  insertSession(db, session);
  const permission = {
    delegate: address("b"),
    delegator: vaultId.slice(vaultId.lastIndexOf(":") + 1) as `0x${string}`,
    authority: `0x${"f".repeat(64)}`,
    caveats: [],
    salt: 1n,
    signature: "0x00",
  } as const;
  installPermission(db, sessionId, permission, permissionEndMs);
}

/** An intent that sends so many wei, and lapses at a time. */
export function sending(wei: number, expireMs: number): Intent {
  return create(IntentSchema, {
    chain: "eip155:1",
    expireTime: timestampFromMs(expireMs),
    action: {
      action: {
        case: "transfer",
        value: { asset: eth, amount: { amount: { case: "exact", value: String(wei) } }, recipient },
      },
    },
  });
}
