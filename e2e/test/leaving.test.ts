/** The end of a session on chain: signed in advance and sent by the vault; and by the owner alone. */
import { parseEther, parseUnits } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plentyOfGas, signRevocation } from "#client/account-operation";
import { leave } from "#client/leave";
import { describeDelegation, termsOf } from "#client/permission";
import { EnforcedBy } from "#gen/error/v1/error";
import { Session_State } from "#gen/vault/v1/session";
import { errorInfoOf } from "#protocol/errors";
import { permissionHash } from "../../vault-actor/src/session/permission.ts";
import { fromDelegation } from "../../vault-actor/src/session/wire.ts";
import { balancesOf } from "../scenario/owner.ts";
import { setPolicy } from "../scenario/policy.ts";
import { certify, createSession, install, signCaveats } from "../scenario/session.ts";
import { claimVault, requestId } from "../scenario/vault.ts";
import { localChainId } from "../stack/chain/node.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { waitFor } from "../stack/wait.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ name: "leaving", persistent: false, progress: () => {} });
});
afterAll(() => stack?.stop());

/** A vault whose session has the permission that its policy compiles to. */
async function compiledVault() {
  const vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  const pending = await createSession(vault);
  const compiled = await vault.client.vault.compilePermission({ name: pending.name });
  if (compiled.permission === undefined) throw new Error("no permission");
  const certified = await certify(vault, pending);
  const lines = describeDelegation(compiled.permission, stack.deployment.enforcers);
  expect(lines.filter((line) => line.startsWith("NOT UNDERSTOOD"))).toEqual([]);
  const until = lines.find((line) => line.startsWith("only before"))?.slice("only before ".length);
  const expireSeconds = Date.parse(until ?? "") / 1000;
  const signed = await signCaveats(
    vault,
    certified,
    termsOf(compiled.permission.caveats),
    expireSeconds,
  );
  const session = await install(vault, pending, signed);
  if (session.permission === undefined) throw new Error("no permission");
  return {
    vault,
    session,
    permission: fromDelegation(session.permission),
    limits: compiled.limits,
  };
}

test("the policy's permission says for each limit who enforces it", async () => {
  const { limits } = await compiledVault();
  const onChain = limits.filter(({ enforcedBy }) => enforcedBy.includes(EnforcedBy.CHAIN));
  expect(onChain.map(({ rule }) => rule)).toEqual(
    expect.arrayContaining([
      `eip155:${localChainId}/slip44:60 ${parseEther("6")} per 86400 s`,
      expect.stringContaining("0x04e45aaf"),
    ]),
  );
  expect(limits.some(({ enforcedBy }) => !enforcedBy.includes(EnforcedBy.CHAIN))).toBe(true);
});

test("what was signed in advance is kept, sent, and proved on chain", async () => {
  const { vault, session, permission } = await compiledVault();
  const { client, owner } = vault;
  const gas = {
    ...plentyOfGas,
    maxFeePerGas: 20_000_000_000n,
    maxPriorityFeePerGas: 2_000_000_000n,
  };
  const frame = { chainId: localChainId, entryPoint: stack.deployment.entryPoint, gas };
  const { name } = session;
  const store = (userOperation: string) =>
    client.vault.storeRevocation({ name, requestId: requestId(), revocation: { userOperation } });
  const cause = (call: Promise<unknown>) =>
    call.then(
      () => "ok",
      (error: unknown) => errorInfoOf(error)?.metadata.cause,
    );
  await expect(client.vault.broadcastRevocation({ name, requestId: requestId() })).rejects.toThrow(
    "no revocation",
  );
  const good = await signRevocation(owner.account, permission, { ...frame, sessionName: name });
  const other = await signRevocation(owner.account, permission, {
    ...frame,
    sessionName: `${name}x`,
  });
  expect(await cause(store(other))).toBe("nonce");
  const forged = JSON.stringify({ ...JSON.parse(good), maxFeePerGas: "0x77359401" });
  expect(await cause(store(forged))).toBe("signature");
  const wider = { ...permission, salt: permission.salt + 1n };
  const another = await signRevocation(owner.account, wider, { ...frame, sessionName: name });
  expect(await cause(store(another))).toBe("call_data");
  const stored = await store(good);
  expect(stored.session?.revocation?.userOperationHash).toMatch(/^0x[0-9a-f]{64}$/);

  const { session: revoked } = await client.vault.broadcastRevocation({
    name,
    requestId: requestId(),
  });
  expect(revoked?.state).toBe(Session_State.REVOKED);
  const proved = await waitFor("the chain shows it", async () => {
    const answer = await client.vault.getSession({ name });
    return answer.session?.disabledTime === undefined ? Promise.reject() : answer.session;
  });
  expect(proved.revocation?.sendTime).toBeDefined();
});

test("with everything of ours stopped the owner revokes and takes everything", async () => {
  const { vault, permission } = await compiledVault();
  const { owner } = vault;
  const { deployment, chain } = stack;
  const mint = [
    {
      type: "function",
      name: "mint",
      inputs: [{ type: "address" }, { type: "uint256" }],
      outputs: [],
      stateMutability: "nonpayable",
    },
  ] as const;
  const hash = await chain.wallet(owner.account).writeContract({
    address: deployment.usdc,
    abi: mint,
    functionName: "mint",
    args: [owner.smartAccount.address, parseUnits("321", 6)],
  });
  await chain.reader.waitForTransactionReceipt({ hash });
  await stack.kill();
  const to = `0x${"5a".repeat(20)}` as const;
  await leave({
    rpcUrl: chain.url,
    owner: owner.account,
    account: owner.smartAccount.address,
    entryPoint: deployment.entryPoint,
    delegationManager: deployment.delegationManager,
    permissions: [permission],
    nonceEnforcer: deployment.enforcers.nonce,
    tokens: [deployment.usdc],
    to,
  });
  expect(await balancesOf(stack, owner.smartAccount.address)).toEqual({ eth: 0n, usdc: 0n });
  expect(await balancesOf(stack, to)).toEqual({
    eth: parseEther("10"),
    usdc: parseUnits("321", 6),
  });
  const disabled = await chain.reader.readContract({
    address: deployment.delegationManager,
    abi: [
      {
        type: "function",
        name: "disabledDelegations",
        inputs: [{ type: "bytes32" }],
        outputs: [{ type: "bool" }],
        stateMutability: "view",
      },
    ] as const,
    functionName: "disabledDelegations",
    args: [permissionHash(permission)],
  });
  expect(disabled).toBe(true);
});
