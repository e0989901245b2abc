/**
 * Races many keys against one limit of one vault, on the whole system, while it is restarted
 * and evicted under them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectError } from "@connectrpc/connect";
import { parseEther } from "viem";
import { createVaultClient, type VaultClient } from "#client/vault-client";
import { Scope } from "#gen/access/v1/access";
import type { Execution } from "#gen/vault/v1/execution";
import { Execution_State } from "#gen/vault/v1/execution";
import { reasonOf } from "#protocol/errors";
import { generateEd25519Signer } from "#protocol/proof/signer";
import { giftIntent, giftVault } from "../scenario/gifts.ts";
import { grantKey } from "../scenario/keys.ts";
import { sendEther } from "../scenario/owner.ts";
import { addressIn } from "../scenario/session.ts";
import { type LiveVault, requestId } from "../scenario/vault.ts";
import { hasEnded } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import type { RaceOptions } from "./options.ts";

/** What a race came to; amounts in units. */
export type RaceResult = {
  readonly intents: number;
  readonly keys: number;
  /** How often all Workers were killed and started again. */
  readonly restarts: number;
  readonly limit: number;
  /** What left the account, as the chain says. */
  readonly spent: number;
  readonly overspend: number;
  /** What the policy would still have allowed, although somebody asked for it. */
  readonly unused: number;
};

/** What else is worth knowing of it. */
export type RaceDetails = {
  readonly evictions: number;
  /** How many intents were accepted, and how many the limit refused when they were asked. */
  readonly accepted: number;
  readonly refusedAtOnce: number;
  /** Accepted, and then refused by the limit when it was their turn. */
  readonly refusedLater: number;
  readonly settled: number;
  /** Executions that nobody has a call for, or that one call has two of. */
  readonly doubled: number;
  readonly unitsByVault: number;
  readonly seconds: number;
};

/** A unit: what an intent is counted in. */
const unit = parseEther("0.0001");
const friend = `0x${"f2".repeat(20)}` as const;
const endTimeoutMs = 900_000;

/** Runs a race. */
export async function runRace(
  options: RaceOptions,
  say: (line: string) => void,
): Promise<{ readonly result: RaceResult; readonly details: RaceDetails }> {
  const stack = await startStack({
    name: "race",
    persistent: false,
    progress: say,
    callsPerMinute: 100_000,
    actorWrapper: "../../e2e/race/workers/actor.js",
    more: (ports) => ({
      services: [],
      sockets: [{ name: "doors", port: ports.bench, service: "vault-actor" }],
    }),
  });
  try {
    return await race(stack, options, say);
  } finally {
    await stack.stop();
  }
}

async function race(stack: Stack, options: RaceOptions, say: (line: string) => void) {
  const { intents, keys, restarts, limit } = options;
  const startMs = Date.now();
  const wei = BigInt(limit) * unit;
  // The chain would let three times as much leave: what holds is the vault's own limit.
  const limits = { atOnce: 3n * unit, aDay: wei, aDayOnChain: 3n * wei };
  const vault = await giftVault(stack, friend, "10", limits);
  const { sessions } = await vault.client.vault.listSessions({ parent: vault.name });
  await sendEther(stack, addressIn(sessions[0]?.account ?? ""), "20");
  const clients = await Promise.all(Array.from({ length: keys }, () => keyOf(vault)));
  say(`${intents} intents of ${keys} keys at once, against ${limit} units`);

  let answered = 0;
  let refusedAtOnce = 0;
  let evictions = 0;
  const names: string[] = [];
  const asking = Array.from({ length: intents }, async (_, i) => {
    // Larger ones first in number; those that only want one unit can fill what is left.
    const units = i < intents * 0.4 ? 1n + BigInt(i % 3) : 1n;
    const name = await ask(vault, clients[i % keys] as VaultClient, units * unit);
    if (name === undefined) refusedAtOnce += 1;
    else names.push(name);
    answered += 1;
  });
  const disturbing = (async () => {
    for (let i = 0; i < restarts; i++) {
      const at = (intents * (i + 0.5)) / restarts;
      while (answered < at) await sleep(20);
      evictions += Number(await evict(vault));
      await sleep(300);
      say(`${answered} answered; killing the Workers`);
      await stack.kill(["workerd"]);
      await stack.restart(undefined, ["workerd"]);
    }
  })();
  await Promise.all([...asking, disturbing]);
  say(`${names.length} accepted, ${refusedAtOnce} refused at once`);

  const evicting = (async () => {
    // In the middle of signing, sending and settling.
    for (let i = 0; i < restarts; i++) {
      await sleep(2000);
      evictions += Number(await evict(vault));
    }
  })();
  const executions = await allEnded(vault, say);
  await evicting;
  const settled = executions.filter(({ state }) => state === Execution_State.FINAL);
  const others = executions.filter(({ state }) => state !== Execution_State.FINAL);
  const left = await stack.chain.reader.getBalance({ address: friend });
  const units = (amount: bigint) => Number(amount / unit);
  const byVault = settled
    .flatMap(({ spends }) => spends)
    .filter(({ asset }) => asset.includes("/slip44:"))
    .reduce((sum, { settled: amount }) => sum + BigInt(amount || "0"), 0n);
  const spent = units(left);
  const result: RaceResult = {
    intents,
    keys,
    restarts,
    limit,
    spent,
    overspend: Math.max(0, spent - limit),
    unused: Math.max(0, limit - spent),
  };
  const known = new Set(names);
  const details: RaceDetails = {
    evictions,
    accepted: names.length,
    refusedAtOnce,
    refusedLater: others.length,
    settled: settled.length,
    doubled: executions.filter(({ name }) => !known.has(name)).length + names.length - known.size,
    unitsByVault: units(byVault),
    seconds: Math.round((Date.now() - startMs) / 1000),
  };
  return { result, details };
}

async function keyOf(vault: LiveVault): Promise<VaultClient> {
  const signer = await generateEd25519Signer();
  await grantKey(vault, {
    keyId: signer.keyId,
    label: "a racer",
    scopes: [Scope.ACTION_EXECUTE],
    maxCallsPerMinute: 6000,
  });
  return createVaultClient(vault.stack.baseUrl, {
    vaultId: vault.owner.vaultId,
    signer,
    attestationKeyIds: [vault.stack.secrets.attestationKeyId],
  });
}

/** Asks until there is an answer. Under one request id, so that a lost answer asks nothing new. */
async function ask(
  vault: LiveVault,
  client: VaultClient,
  wei: bigint,
): Promise<string | undefined> {
  const id = requestId();
  const endMs = Date.now() + endTimeoutMs;
  for (;;) {
    try {
      const intent = giftIntent(friend, wei);
      const { vault: methods } = client;
      const answer = await methods.submitIntent({ parent: vault.name, requestId: id, intent });
      return answer.execution?.name;
    } catch (fault) {
      if (reasonOf(fault) === "LIMIT_EXCEEDED") return undefined;
      if (Date.now() > endMs || !isPassing(fault)) throw fault;
      await sleep(100 + Math.random() * 400);
    }
  }
}

/** Whether a fault is of a system that is just being killed. */
function isPassing(fault: unknown): boolean {
  if (!(fault instanceof ConnectError)) return true;
  const reason = reasonOf(fault);
  return reason === undefined || ["UNAVAILABLE", "INTERNAL", "RATE_LIMITED"].includes(reason);
}

async function evict({ stack, owner }: LiveVault): Promise<boolean> {
  const url = `http://127.0.0.1:${stack.ports.bench}/race/evict`;
  const headers = { "metavault-id": owner.vaultId };
  return fetch(url, { method: "POST", headers }).then(
    () => true,
    () => false,
  );
}

async function allEnded(
  vault: LiveVault,
  say: (line: string) => void,
): Promise<readonly Execution[]> {
  const endMs = Date.now() + endTimeoutMs;
  for (;;) {
    const executions = await listAll(vault).catch(() => []);
    const open = executions.filter((execution) => !hasEnded(execution));
    if (executions.length > 0 && open.length === 0) return executions;
    say(`${executions.length - open.length} of ${executions.length} have ended`);
    if (Date.now() > endMs) throw new Error(`${open.length} executions did not end`);
    await sleep(2000);
  }
}

async function listAll({ client, name: parent }: LiveVault): Promise<readonly Execution[]> {
  const all: Execution[] = [];
  let pageToken = "";
  do {
    const page = await client.vault.listExecutions({ parent, pageSize: 200, pageToken });
    all.push(...page.executions);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return all;
}
