/**
 * A vault that can spend, its owner and its keys, a chain and a bundler that remember, and
 * somebody who puts the vault's storage back.
 */
import { create } from "@bufbuild/protobuf";
import { type Hex, pad, toHex } from "viem";
import { expect } from "vitest";
import { IntentSchema } from "#gen/vault/v1/intent";
import { reasonOf } from "#protocol/errors";
import type { Signer } from "#protocol/proof/signer";
import type { UserOperation } from "../../src/execution/user-operation.ts";
import { readVault } from "../../src/identity/vault-store.ts";
import { newestOf } from "../../src/ledger/store.ts";
import { installPermission, liveSessions } from "../../src/session/store.ts";
import { type Line, NodeVault, type Sent } from "./node-vault.ts";
import { claim, grantKey, revokeKey, setPolicy, unfreeze } from "./node-vault-acts.ts";
import { putBack, type Snapshot, takeSnapshot } from "./snapshot.ts";

/** What the policy lets leave in a day. */
export const limit = 10n;

const eth = "eip155:31337/slip44:60";
const friend = `eip155:31337:0x${"f".repeat(40)}`;
const requestId = () => crypto.randomUUID();
const isOk = (call: Promise<unknown>) => call.then(() => true, typed);

/** A call that fails fails with a reason of the contract. */
function typed(error: unknown): false {
  const reason = reasonOf(error);
  if (reason === undefined || reason === "INTERNAL") throw error;
  return false;
}

export class World {
  /** Whether everything that is sent lands. */
  landing = true;
  readonly vault = new NodeVault();
  readonly #keys: readonly Signer[];
  readonly #revoked = new Set<string>();
  readonly #accepted: Sent[] = [];
  readonly #snapshots: Snapshot[] = [];
  /** What was handed to a bundler, by nonce: of one nonce at most one operation lands. */
  readonly #sent = new Map<Hex, bigint>();

  constructor(keys: readonly Signer[]) {
    this.#keys = keys;
    this.vault.chain = (method, params) => this.#chain(method, params);
  }

  get sent(): number {
    return this.#sent.size;
  }

  async start(): Promise<void> {
    await claim(this.vault, this.#key(0));
    for (const key of this.#keys.slice(1)) await grantKey(this.vault, key);
    await this.equip();
  }

  /** Lets the vault act: a policy, and a session with a permission. */
  async equip(): Promise<void> {
    const { vault } = this;
    await setPolicy(vault, {
      calls: [{ target: friend, selectors: ["0x"] }],
      recipients: [friend],
      assets: [
        {
          asset: eth,
          maxPerOperation: String(limit),
          windows: [{ window: { seconds: 86_400n }, maxAmount: String(limit) }],
        },
      ],
    });
    const { vault: api } = vault.clientOf(this.#key(0));
    await api.createSession({ parent: vault.name, requestId: requestId(), chain: "eip155:31337" });
    const session = liveSessions(vault.db)[0];
    if (session === undefined) throw new Error("no session");
    const permission = {
      delegate: session.accountAddress,
      delegator: vault.vaultId.split(":")[2] as Hex,
      authority: `0x${"f".repeat(64)}`,
      caveats: [],
      salt: 1n,
      signature: "0x00",
    } as const;
    installPermission(vault.db, session.sessionId, permission, vault.nowMs + 30 * 86_400_000);
  }

  #key(index: number): Signer {
    const key = this.#keys[index % this.#keys.length];
    if (key === undefined) throw new Error("no key");
    return key;
  }

  /** A key makes a session: a call with an effect each time it counts. */
  async call(index: number): Promise<void> {
    const { vault } = this;
    const key = this.#key(index);
    const client = vault.clientOf(key);
    const parent = vault.name;
    const call = { parent, requestId: requestId(), chain: "eip155:31337" };
    if (await isOk(client.vault.createSession(call))) {
      expect(this.#revoked).not.toContain(key.keyId);
      this.#accept(client.sent);
    }
  }

  /** Asks for a transfer. */
  async submit(index: number, amount: number): Promise<void> {
    const key = this.#key(index);
    const client = this.vault.clientOf(key);
    const transfer = {
      asset: eth,
      recipient: friend,
      amount: { amount: { case: "exact" as const, value: String(amount) } },
    };
    const intent = create(IntentSchema, {
      chain: "eip155:31337",
      action: { action: { case: "transfer", value: transfer } },
    });
    const call = { parent: this.vault.name, requestId: requestId(), intent };
    if (await isOk(client.vault.submitIntent(call))) {
      expect(this.#revoked).not.toContain(key.keyId);
      this.#accept(client.sent);
    }
  }

  /** Asks for a transfer, and lets the vault do what it will. */
  async spend(index: number, amount: number): Promise<void> {
    await this.submit(index, amount);
    await this.wake();
  }

  /** Keeps what was accepted, but for the reads among it, which change nothing. */
  #accept(sent: readonly Sent[]): void {
    this.#accepted.push(...sent.filter(({ url }) => !url.includes("/Get")));
  }

  /** What was accepted once is not accepted again. */
  async replay(index: number): Promise<void> {
    const sent = this.#accepted[index % Math.max(1, this.#accepted.length)];
    if (sent === undefined) return;
    const answer = await this.vault.runtime.fetch(new Request(sent.url, sent.init));
    expect([401, 503]).toContain(answer.status);
  }

  async revoke(index: number): Promise<void> {
    const { keyId } = this.#key(index);
    if (await isOk(revokeKey(this.vault, keyId))) this.#revoked.add(keyId);
  }

  async grant(index: number): Promise<void> {
    const key = this.#key(index);
    // Whether the answer arrives or not, the grant may hold.
    this.#revoked.delete(key.keyId);
    await isOk(grantKey(this.vault, key));
  }

  async wake(): Promise<void> {
    this.vault.wait(1000);
    await this.vault.runtime.alarm();
  }

  async wait(seconds: number): Promise<void> {
    this.vault.wait(seconds * 1000);
    await this.wake();
  }

  cut(line: Line): void {
    this.vault.line = line;
  }

  crash(): void {
    this.vault.crash();
  }

  /** Returns which time that was. */
  keep(): number {
    return this.#snapshots.push(takeSnapshot(this.vault.db)) - 1;
  }

  /** Puts the storage back to some earlier time; the time of the restore is one to go back to. */
  restore(index: number): void {
    const snapshot = this.#snapshots[index % Math.max(1, this.#snapshots.length)];
    if (snapshot === undefined) return;
    this.keep();
    this.vault.crash();
    putBack(this.vault.db, snapshot);
  }

  /** The owner finds the vault frozen, and starts again. */
  async recover(): Promise<void> {
    const { vault } = this;
    vault.line = "up";
    await this.wake();
    await this.wait(40);
    if (readVault(vault.db)?.restoredMs === undefined) return;
    await unfreeze(vault);
    await this.grant(0);
    await this.equip();
  }

  /** That the last restore, if it mattered, was found out, and how often one was. */
  get found(): boolean {
    return newestOf(this.vault.db, "VAULT_RESTORED") !== undefined;
  }

  #chain(method: string, params: readonly unknown[]): unknown {
    switch (method) {
      case "eth_getCode":
        return "0x60";
      case "eth_blockNumber":
        return toHex(100);
      case "eth_getLogs":
        return [];
      case "eth_feeHistory":
        return null;
      case "eth_gasPrice":
      case "eth_maxPriorityFeePerGas":
      case "eth_estimateGas":
        return "0x1";
      case "pimlico_getUserOperationGasPrice":
        return { fast: { maxFeePerGas: "0x1", maxPriorityFeePerGas: "0x1" } };
      case "eth_estimateUserOperationGas":
        return { callGasLimit: "0x1", verificationGasLimit: "0x1", preVerificationGas: "0x1" };
      case "eth_sendUserOperation":
        this.#send(params[0] as UserOperation);
        return pad("0x1");
      case "eth_call": {
        // The entry point's `getNonce`.
        const { data } = params[0] as { data: Hex };
        const lane = BigInt(`0x${data.slice(-64)}`) << 64n;
        const landed = this.landing && this.#sent.has(toHex(lane));
        return pad(toHex(lane + (landed ? 1n : 0n)));
      }
      default:
        throw new Error(`the chain does not know ${method}`);
    }
  }

  #send({ nonce }: UserOperation): void {
    const row = this.vault.db.one<{ reserved: string }>(
      `SELECT reserved FROM spend WHERE execution_id = (SELECT execution_id FROM execution
        WHERE json_extract(operation, '$.userOperation.nonce') = ?)`,
      nonce,
    );
    this.#sent.set(toHex(BigInt(nonce)), BigInt(row?.reserved ?? limit + 1n));
  }

  /** What a bundler has can't be taken back. */
  checkSpend(): void {
    const total = [...this.#sent.values()].reduce((sum, amount) => sum + amount, 0n);
    expect(total).toBeLessThanOrEqual(limit);
  }
}
