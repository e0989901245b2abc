/** The main job, told step by step: from a signal to a settled transaction. */
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { formatUnits } from "viem";
import { EnforcedBy } from "#gen/error/v1/error";
import type { Firing } from "#gen/trigger/v1/firing";
import { type Execution, Execution_State } from "#gen/vault/v1/execution";
import { balancesOf } from "../scenario/owner.ts";
import { setPolicy } from "../scenario/policy.ts";
import { createSession, installSession } from "../scenario/session.ts";
import { claimVault, createTrigger, type LiveVault } from "../scenario/vault.ts";
import { crashWorld, hasEnded, waitForExecution } from "../scenario/world-change.ts";
import type { Stack } from "../stack/stack.ts";
import type { Holdings, Report } from "./report.ts";

/** Runs one step, and tells how long it took. */
export type Teller = <T>(name: string, body: () => Promise<readonly [T, string]>) => Promise<T>;

/** Plays steps 2 to 4. Returns the vault, for the attacks. */
export async function playStory(stack: Stack, tell: Teller, report: Report): Promise<LiveVault> {
  const vault = await tell(
    "an owner claims the vault of its smart account, and grants a device key",
    async () => {
      const claimed = await claimVault(stack, "10");
      return [
        claimed,
        `${claimed.owner.vaultId}\ndevice ${claimed.signer.keyId}\nvault  ${claimed.client.identityKeyId()}`,
      ] as const;
    },
  );
  await tell("the owner sets the policy: swaps on one router, at most 6 ETH a day", async () => {
    const policy = await setPolicy(vault, "6");
    return [policy, `policy version ${policy.version}; everything else is denied`] as const;
  });
  const session = await tell("the vault makes a session key inside its actor", async () => {
    const created = await createSession(vault);
    return [created, `key ${created.keyAddress}, account ${created.account}`] as const;
  });
  await tell("the owner signs the on-chain permission for that key", async () => {
    const installed = await installSession(vault, session, "6");
    const caveats = installed.permission?.caveats.length ?? 0;
    return [
      installed,
      `an ERC-7710 delegation with ${caveats} caveats, off chain and free`,
    ] as const;
  });
  await tell("the device creates the trigger", async () => {
    const trigger = await createTrigger(vault);
    return [
      trigger,
      "when ETH/USD < 2200 and Ukraine's instability > 80: swap half the ether for USDC,\nat most 1 % slippage, at most once a day",
    ] as const;
  });
  report.balances.before = await holdingsOf(vault);
  await tell("the world changes, and the vault protects its owner's money", async () => {
    const { atMs, ethUsd } = await crashWorld(stack);
    const execution = await waitForExecution(vault, hasEnded);
    const firing = await firingOf(vault, execution.cause?.cause.value ?? "");
    if (execution.state !== Execution_State.FINAL) {
      throw new Error(`the execution failed: ${execution.failure?.detail}`);
    }
    report.balances.after = await holdingsOf(vault);
    Object.assign(report.timings, timingsOf(firing, execution, atMs));
    const why = firing.evaluation?.children.map((child) => child.explanation).join(" and ");
    return [
      execution,
      `ether is at ${ethUsd} USD in the pool and in the feed; the trigger saw ${why}\ntransaction ${execution.transactionHash} in block ${execution.blockNumber}\n${limitsOf(execution)}`,
    ] as const;
  });
  await tell("the firing replays to the same verdict from what it recorded", async () => {
    const { executions } = await vault.client.vault.listExecutions({ parent: vault.name });
    const name = executions[0]?.cause?.cause.value ?? "";
    const { equal } = await vault.client.triggers.replayFiring({ name });
    if (!equal || executions.length !== 1) throw new Error("the firing does not replay");
    return [undefined, "byte for byte; and it fired once"] as const;
  });
  return vault;
}

/** Which limits were on the operation, by who enforces them. */
function limitsOf({ limits }: Execution): string {
  const by = (enforcer: EnforcedBy) =>
    limits.filter(({ enforcedBy }) => enforcedBy.includes(enforcer)).map(({ rule }) => rule);
  const [vault, chain] = [by(EnforcedBy.VAULT), by(EnforcedBy.CHAIN)];
  return [
    `${vault.length} limits that the vault enforced: ${vault.join("; ")}`,
    `${chain.length} that the chain enforced: the caveats of the owner's permission`,
  ].join("\n");
}

/** What the vault's account holds, in whole units. */
export async function holdingsOf(vault: LiveVault): Promise<Holdings> {
  const { eth, usdc } = await balancesOf(vault.stack, vault.owner.smartAccount.address);
  return { eth: formatUnits(eth, 18), usdc: formatUnits(usdc, 6) };
}

async function firingOf(vault: LiveVault, name: string): Promise<Firing> {
  const { firing } = await vault.client.triggers.getFiring({ name });
  if (firing === undefined) throw new Error("no firing");
  return firing;
}

/** When each stage was reached, since the world changed. The latest of what the firing saw counts. */
function timingsOf(firing: Firing, execution: Execution, atMs: number): Report["timings"] {
  const { observations = [], receiveTime } = firing.inputs ?? {};
  const since = (...times: readonly (Timestamp | undefined)[]) => {
    const known = times.flatMap((time) => (time === undefined ? [] : timestampMs(time)));
    return known.length === 0 ? null : Math.round(Math.max(...known) - atMs);
  };
  return {
    fetched: since(...observations.map(({ fetchTime }) => fetchTime)),
    published: since(...observations.map(({ publishTime }) => publishTime)),
    received: since(receiveTime),
    verdict: since(firing.fireTime),
    signed: since(execution.signTime),
    included: since(execution.includeTime),
    settled: since(execution.finalTime),
  };
}
