/** A claimed vault in memory that can act: policy, session key and permission are in place. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { IntentSchema } from "#gen/vault/v1/intent";
import { KeyGrantSchema } from "#gen/vault/v1/key";
import { PolicySchema } from "#gen/vault/v1/policy";
import { childName } from "#protocol/names";
import { encodeRedemption } from "../../src/execution/redemption.ts";
import { deploymentOf } from "../../src/execution/session-operation.ts";
import { insertExecution } from "../../src/execution/store.ts";
import { submit } from "../../src/execution/submit.ts";
import {
  encodeExecute,
  laneNonce,
  maxFeeOf,
  placeholderSignature,
  type UserOperation,
} from "../../src/execution/user-operation.ts";
import { writeKey } from "../../src/identity/key-store.ts";
import { fromGrant } from "../../src/identity/wire.ts";
import { importKek } from "../../src/keyring/kek.ts";
import { createKeyring } from "../../src/keyring/keyring.ts";
import { writePolicy } from "../../src/policy/store.ts";
import { secretIdOf } from "../../src/session/session.ts";
import { insertSession, installPermission, readSession } from "../../src/session/store.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { insertClaimed } from "./claimed-row.ts";
import { nobodyApproved } from "./execution-ports.ts";
import { nodeDatabase } from "./node-database.ts";
import { testChain } from "./test-chain.ts";
import { testOperation } from "./test-operation.ts";

const address = (digit: string) => `0x${digit.repeat(40)}` as const;

export const account = address("a");
export const vaultId = `eip155:1:${account}`;
export const target = `eip155:1:${address("d")}`;
export const eth = "eip155:1/slip44:60";
export const startMs = 1_800_000_000_000;
export const chain = testChain(1);

export async function operatingVault(policy: MessageInitShape<typeof PolicySchema>) {
  const db = nodeDatabase();
  migrate(db);
  insertClaimed(db, vaultId, startMs);
  const grant = create(KeyGrantSchema, {
    keyId: "k1",
    expireTime: timestampFromMs(startMs + 365 * 86_400_000),
  });
  writeKey(db, fromGrant(grant, 1, startMs), grant);
  writePolicy(db, create(PolicySchema, policy), 1, startMs);
  const kek = await importKek(new Uint8Array(32).fill(7));
  const keyring = createKeyring({
    db,
    vaultId: () => vaultId,
    keks: async () => ({ current: 1, byVersion: new Map([[1, kek]]) }),
    claimed: () => true,
  });
  const { prepared, address: keyAddress } = await keyring.prepareSession(secretIdOf("s1"), 1, {
    vaultId,
    claimEpoch: 1,
    identityKeyId: "ed25519:none",
  });
  keyring.write(prepared, startMs);
  insertSession(db, {
    sessionId: "s1",
    state: "PENDING",
    chainId: 1,
    keyAddress,
    accountAddress: address("b"),
    delegationManager: chain.delegationManager,
    permission: undefined,
    expireMs: undefined,
    createdMs: startMs,
    possession: undefined,
  });
  const permission = {
    delegate: address("b"),
    delegator: account,
    authority: `0x${"f".repeat(64)}`,
    caveats: [],
    salt: 1n,
    signature: "0x00",
  } as const;
  installPermission(db, "s1", permission, startMs + 365 * 86_400_000);
  return { db, keyring };
}

/** A vault that can act. */
export type OperatingVault = Awaited<ReturnType<typeof operatingVault>>;

/** Plans an execution, as an accepted intent does. */
export function planned(
  { db }: OperatingVault,
  executionId: string,
  nowMs: number,
  intent: MessageInitShape<typeof IntentSchema> = {},
): void {
  insertExecution(db, {
    executionId,
    intent: create(IntentSchema, intent),
    cause: { kind: "KEY", keyId: "k1" },
    keyId: "k1",
    expireMs: nowMs + 600_000,
    nowMs,
  });
}

/** An operation of session `s1` that sends `amount` of ether to `target`, built as a plan does. */
export function prepared(
  { db }: OperatingVault,
  executionId: string,
  amount: bigint,
  change: Partial<UserOperation> = {},
) {
  const session = readSession(db, "s1");
  if (session?.permission === undefined) throw new Error("no session");
  const call = { target: address("d"), value: amount, data: "0x" } as const;
  const userOperation: UserOperation = {
    sender: session.accountAddress,
    nonce: laneNonce(childName(vaultId, "executions", executionId)),
    callData: encodeExecute(chain.delegationManager, encodeRedemption(session.permission, [call])),
    callGasLimit: "0x1",
    verificationGasLimit: "0x1",
    preVerificationGas: "0x1",
    maxFeePerGas: "0x1",
    maxPriorityFeePerGas: "0x1",
    signature: placeholderSignature,
    ...change,
  };
  const operation = testOperation({
    account: vaultId,
    calls: [{ target, selector: "0x", data: "0x", value: amount }],
    spends: [{ asset: eth, amount }],
    // Two millionths of a US dollar each.
    worthMicroUsd: amount * 2n,
    recipients: [target],
    maxFee: maxFeeOf(userOperation),
    maxFeePerGas: BigInt(userOperation.maxFeePerGas),
  });
  return {
    executionId,
    kind: "ACT" as const,
    session,
    chain,
    operation,
    userOperation,
    fromBlock: 1,
  };
}

/** Decides, reserves and signs a planned execution that sends `amount` of ether to `target`. */
export async function submitted(
  vault: OperatingVault,
  executionId: string,
  amount: bigint,
  now: () => number,
  change: Partial<UserOperation> = {},
) {
  const { db, keyring } = vault;
  const submission = prepared(vault, executionId, amount, change);
  return submit({ db, keyring, vaultId, stillApproved: nobodyApproved }, submission, now);
}

/** The fields with which session `s1` deploys its account. */
export function deploying({ db }: OperatingVault) {
  const session = readSession(db, "s1");
  if (session === undefined) throw new Error("no session");
  return deploymentOf(session, chain);
}
