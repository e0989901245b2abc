/**
 * What lies between the vaults and the chain fails and lies: two bundlers (two ways to the one
 * real bundler) and three operators' nodes (three ways to the one real node).
 */
import { encodeAbiParameters, type Hex, pad, parseAbi, parseEther, toEventSelector } from "viem";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Execution, Execution_State } from "#gen/vault/v1/execution";
import { laneNonce } from "../../vault-actor/src/execution/user-operation.ts";
import { balancesOf } from "../scenario/owner.ts";
import { setPolicy } from "../scenario/policy.ts";
import { addressIn, createSession, installSession } from "../scenario/session.ts";
import { claimVault, type LiveVault, requestId, swapIntent } from "../scenario/vault.ts";
import { hasEnded, waitForExecution } from "../scenario/world-change.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import type { Lie, Tap } from "../stack/tap.ts";

let stack: Stack;
let tap: Tap;
beforeAll(async () => {
  stack = await startStack({
    name: "transport",
    persistent: false,
    progress: () => {},
    tapped: true,
    operators: true,
    bundlers: true,
  });
  if (stack.tap === undefined) throw new Error("no tap");
  tap = stack.tap;
});
afterAll(() => stack?.stop());
afterEach(() => {
  for (const url of tap.bundlerUrls) tap.setBundler(url, undefined);
  for (const url of tap.operatorUrls) tap.setLiar(url, undefined);
});

const [outcome] = parseAbi([
  "event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)",
]);

async function swapVault(etherPerDay = "6") {
  const vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  const session = await createSession(vault);
  await installSession(vault, session, etherPerDay);
  const swap = async () => {
    const { execution } = await vault.client.vault.submitIntent({
      parent: vault.name,
      requestId: requestId(),
      intent: swapIntent(stack, { ether: "1" }),
    });
    if (execution === undefined) throw new Error("no execution");
    return execution;
  };
  return { vault, sender: addressIn(session.account), swap };
}

const landings = (sender: Hex) =>
  stack.chain.reader.getLogs({
    address: stack.deployment.entryPoint,
    event: outcome,
    args: { sender },
    fromBlock: 0n,
  });

/** The swap is final, landed once, under the vault's own hash. */
async function expectOneLanding(vault: LiveVault, sender: Hex): Promise<Execution> {
  const execution = await waitForExecution(vault, hasEnded);
  expect(execution.state).toBe(Execution_State.FINAL);
  const landed = await landings(sender);
  expect(landed.map(({ args }) => args.userOpHash)).toEqual([execution.userOperationHash]);
  expect(execution.transactionHash).toBe(landed[0]?.transactionHash);
  const { eth } = await balancesOf(stack, vault.owner.smartAccount.address);
  expect(eth).toBe(parseEther("9"));
  return execution;
}

describe("of two bundlers", () => {
  test.each(["hang", "refuse", "lose-answer", "lie"] as const)(
    "the first may %s: one landing, under the vault's own hash, within seconds",
    async (fault) => {
      const { vault, sender, swap } = await swapVault();
      const [first, second] = tap.bundlerUrls;
      tap.setBundler(first, fault);
      const before = tap.count("eth_sendUserOperation", second);
      const startMs = Date.now();
      await swap();
      await expectOneLanding(vault, sender);
      expect(Date.now() - startMs).toBeLessThan(15_000);
      const asked = tap.count("eth_sendUserOperation", second) > before;
      // A lie about the hash is no reason to ask another one.
      expect(asked).toBe(fault !== "lie");
    },
  );

  test("one that was down is asked again later", async () => {
    const [first] = tap.bundlerUrls;
    const before = tap.count("eth_estimateUserOperationGas", first);
    await expect
      .poll(
        async () => {
          const { vault, sender, swap } = await swapVault();
          await swap();
          await expectOneLanding(vault, sender);
          return tap.count("eth_estimateUserOperationGas", first);
        },
        { timeout: 30_000 },
      )
      .toBeGreaterThan(before);
  });
});

test("what the chain would refuse is refused in its contracts' words, and nothing is signed", async () => {
  // The policy allows it; the owner's permission on chain does not.
  const { vault, sender, swap } = await swapVault("0.5");
  for (const url of tap.bundlerUrls) tap.setBundler(url, "refuse");
  await swap();
  const execution = await waitForExecution(vault, hasEnded);
  expect(execution.state).toBe(Execution_State.FAILED);
  expect(execution.failure?.detail).toContain(
    "NativeTokenPeriodTransferEnforcer:transfer-amount-exceeded",
  );
  expect(execution.userOperationHash).toBe("");
  expect(await landings(sender)).toEqual([]);
});

describe("of three operators", () => {
  test("one that hides what landed hides nothing", async () => {
    const { vault, sender, swap } = await swapVault();
    const [liar] = tap.operatorUrls;
    tap.setLiar(liar, (method) => {
      if (method === "eth_getLogs") return [];
      return method === "eth_getTransactionReceipt" ? null : undefined;
    });
    await swap();
    await expectOneLanding(vault, sender);
  });

  test("one that alters a receipt alters nothing", async () => {
    const { vault, sender, swap } = await swapVault();
    const [, liar] = tap.operatorUrls;
    tap.setLiar(liar, failing);
    await swap();
    const execution = await expectOneLanding(vault, sender);
    const [landed] = await landings(sender);
    expect(execution.fee).toBe(String(landed?.args.actualGasCost));
  });

  test("one that invents a landing is not believed, and what was signed lands once", async () => {
    const { vault, sender, swap } = await swapVault();
    // Nobody takes the operation, so whatever is said to have landed is invented.
    tap.set("eth_sendUserOperation", "hang");
    const [liar] = tap.operatorUrls;
    const { name } = await swap();
    tap.setLiar(liar, inventing(sender, laneNonce(name)));
    await tap.hit("eth_sendUserOperation");
    await new Promise((done) => setTimeout(done, 9_000));
    const { execution } = await vault.client.vault.getExecution({ name });
    expect(execution?.state).toBe(Execution_State.SIGNED);
    expect(await landings(sender)).toEqual([]);
    tap.set("eth_sendUserOperation", undefined);
    await expectOneLanding(vault, sender);
  });

  test("one that runs ahead makes nothing final early, and stops nothing", async () => {
    const { vault, sender, swap } = await swapVault();
    const [, , liar] = tap.operatorUrls;
    tap.setLiar(liar, (method) => (method === "eth_blockNumber" ? "0xffffff" : undefined));
    await swap();
    await expectOneLanding(vault, sender);
  });
});

type Log = { readonly topics: readonly Hex[]; readonly data: Hex };

/** Says of every operation that it failed, and that it cost nothing. */
const failing: Lie = async (method, _, honest) => {
  if (method !== "eth_getLogs" && method !== "eth_getTransactionReceipt") return undefined;
  const answer = (await honest()) as { logs?: readonly Log[] } | readonly Log[] | null;
  const alter = (log: Log): Log =>
    log.topics[0] === toEventSelector(outcome)
      ? { ...log, data: `${log.data.slice(0, 66)}${"0".repeat(192)}` as Hex }
      : log;
  if (Array.isArray(answer)) return (answer as readonly Log[]).map(alter);
  const receipt = answer as { logs: readonly Log[] } | null;
  return receipt === null ? null : { ...receipt, logs: receipt.logs.map(alter) };
};

/** Says of an operation that it landed, whether it did or not. */
function inventing(sender: Hex, nonce: Hex): Lie {
  const word = (digit: string): Hex => `0x${digit.repeat(64)}`;
  const log = {
    address: stack.deployment.entryPoint,
    topics: [toEventSelector(outcome), word("a"), pad(sender), pad("0x0")],
    data: encodeAbiParameters(
      [{ type: "uint256" }, { type: "bool" }, { type: "uint256" }, { type: "uint256" }],
      [BigInt(nonce), true, 1n, 1n],
    ),
    blockNumber: "0x1",
    blockHash: word("b"),
    transactionHash: word("c"),
    logIndex: "0x0",
  };
  const receipt = {
    blockNumber: "0x1",
    blockHash: word("b"),
    transactionHash: word("c"),
    logs: [log],
  };
  return (method) => {
    if (method === "eth_getLogs") return [log];
    return method === "eth_getTransactionReceipt" ? receipt : undefined;
  };
}
