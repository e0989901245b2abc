/** The owner alone with a chain: leaving, and what it signed in advance. */
import { encodeFunctionData, type Hex, parseUnits } from "viem";
import { entryPoint07Abi, toPackedUserOperation } from "viem/account-abstraction";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plentyOfGas, signRevocation } from "#client/account-operation";
import { leave } from "#client/leave";
import type { Address } from "#protocol/names";
import type { Ask } from "../../vault-actor/src/account/quorum.ts";
import { operationHash } from "../../vault-actor/src/execution/user-operation.ts";
import { acceptsOperation, isDisabled } from "../../vault-actor/src/session/on-chain.ts";
import { readRevocation } from "../../vault-actor/src/session/revocation.ts";
import { stolenSession } from "../scenario/stolen-session.ts";
import { devAccount, roles } from "../stack/chain/accounts.ts";
import { localChainId } from "../stack/chain/node.ts";

let world: Awaited<ReturnType<typeof stolenSession>>;
beforeAll(async () => {
  world = await stolenSession();
});
afterAll(() => world.stop());

const ask: Ask = async (_, [call]) => {
  const { from, to, data } = call as { from?: Address; to: Address; data: Hex };
  return world.chain.reader.call({ ...(from && { account: from }), to, data }).then(
    (answer) => ({ kind: "value", value: answer.data ?? "0x" }) as const,
    () => ({ kind: "revert" }) as const,
  );
};

test("a revocation is what the account accepts, and does what it says", async () => {
  const { deployment, chain, owner, vault, permission } = world;
  const { entryPoint, delegationManager, enforcers } = deployment;
  const sessionName = "vaults/v/sessions/s";
  const gas = { ...plentyOfGas, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n };
  const frame = { chainId: localChainId, entryPoint, gas, sessionName };
  const frameChain = { chainId: localChainId, delegationManager, enforcers };
  const text = await signRevocation(owner, permission, frame);
  const read = readRevocation(text, {
    sessionName,
    vaultAccount: vault.address,
    permission,
    chain: frameChain,
  });
  if (!read.ok) throw new Error(read.error.detail);
  const operation = read.value;
  const accepts = (over: object) => {
    const changed = { ...operation, ...over };
    const hash = operationHash(changed, entryPoint, localChainId, "0.7");
    return acceptsOperation(ask, changed, hash, entryPoint);
  };
  expect(await accepts({})).toBe("valid");
  expect(await accepts({ maxFeePerGas: "0x77359401" })).toBe("invalid");
  expect(await accepts({ signature: `0x${"11".repeat(65)}` })).toBe("invalid");
  expect(await isDisabled(ask, permission, frameChain)).toBe(false);

  // Anybody can send it, from a file.
  const numbers = Object.fromEntries(
    Object.entries(operation).map(([name, value]) => [
      name,
      ["sender", "callData", "signature"].includes(name) ? value : BigInt(value),
    ]),
  ) as unknown as Parameters<typeof toPackedUserOperation>[0];
  const stranger = devAccount(roles.stranger);
  const hash = await chain.wallet(stranger).sendTransaction({
    to: entryPoint,
    data: encodeFunctionData({
      abi: entryPoint07Abi,
      functionName: "handleOps",
      args: [[toPackedUserOperation(numbers)], stranger.address],
    }),
  });
  await chain.reader.waitForTransactionReceipt({ hash });
  expect(await isDisabled(ask, permission, frameChain)).toBe(true);
});

test("the owner's key and a node end every session and take everything", async () => {
  const { chain, deployment, owner, vault, pay, payee, balances } = world;
  const before = await balances();
  await chain.tools.setBalance({ address: owner.address, value: 10n ** 18n });
  const to: Address = `0x${"5a".repeat(20)}`;
  await leave({
    rpcUrl: chain.url,
    owner,
    account: vault.address,
    entryPoint: deployment.entryPoint,
    delegationManager: deployment.delegationManager,
    permissions: [],
    nonceEnforcer: deployment.enforcers.nonce,
    tokens: [deployment.usdc],
    to,
  });
  expect(await balances()).toEqual({ ether: 0n, usdc: 0n });
  expect(await chain.reader.getBalance({ address: to })).toBe(before.ether);
  expect(before.usdc).toBe(parseUnits("10000", 6));
  const { permission } = world;
  expect(await world.steal([{ permission, call: pay(payee, "0") }])).toMatchObject({
    success: false,
  });
});
