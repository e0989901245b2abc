/** What the vault of every run starts with: its record, one key, and a policy that lets it act. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Intent, IntentSchema } from "#gen/vault/v1/intent";
import { KeyGrantSchema } from "#gen/vault/v1/key";
import { PolicySchema } from "#gen/vault/v1/policy";
import { writeKey } from "../../src/identity/key-store.ts";
import { fromGrant } from "../../src/identity/wire.ts";
import { writePolicy } from "../../src/policy/store.ts";
import type { Database } from "../../src/storage/database.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { insertClaimed } from "../../test/support/claimed-row.ts";
import { testChain } from "../../test/support/test-chain.ts";

/** When every run begins: Friday, 15 January 2027, 08:00 UTC. */
export const startMs = 1_800_000_000_000;

export const keyId = "k1";
export const vaultId = `eip155:1:0x${"a".repeat(40)}`;
export const chains = new Map([[1, testChain(1)]]);

const recipient = `eip155:1:0x${"d".repeat(40)}`;
const eth = "eip155:1/slip44:60";

/** Writes it. */
export function prepareVault(db: Database): void {
  migrate(db);
  insertClaimed(db, vaultId, startMs);
  const grant = create(KeyGrantSchema, {
    keyId,
    maxCallsPerMinute: 6000,
    startTime: timestampFromMs(startMs - 86_400_000),
    expireTime: timestampFromMs(startMs + 90 * 86_400_000),
  });
  writeKey(db, fromGrant(grant, 1, startMs), grant);
  const policy = create(PolicySchema, {
    calls: [{ target: recipient, selectors: ["0x"] }],
    recipients: [recipient],
    assets: [
      {
        asset: eth,
        maxPerOperation: "10",
        windows: [{ window: { seconds: 60n }, maxAmount: "1000000" }],
      },
    ],
  });
  writePolicy(db, policy, 1, startMs);
}

/** What a trigger does: it sends so many wei. */
export function sending(wei: number): Intent {
  return create(IntentSchema, {
    chain: "eip155:1",
    action: {
      action: {
        case: "transfer",
        value: { asset: eth, amount: { amount: { case: "exact", value: String(wei) } }, recipient },
      },
    },
  });
}
