/**
 * A thief with the real session key, who sends straight to the chain: no vault, no bundler. What the
 * owner's compiled permission does not allow must leave the vault's account as it was.
 */
import { encodeDelegations } from "@metamask/delegation-core";
import { encodeFunctionData, encodePacked, type Hex, parseAbi, parseEther, parseUnits } from "viem";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { disableCall, executeCall, killSwitchCall } from "#protocol/account/revocation";
import { permissionHash } from "../../vault-actor/src/session/permission.ts";
import { argsFor } from "../../vault-actor/src/session/permission-args.ts";
import { stolenSession } from "../scenario/stolen-session.ts";
import { sellEther } from "../stack/chain/pool.ts";

let world: Awaited<ReturnType<typeof stolenSession>>;
let snapshot: Hex;

beforeAll(async () => {
  world = await stolenSession();
});
afterAll(() => world.stop());
// Each theft has a chain of its own: windows are unspent, time is as it was.
beforeEach(async () => {
  snapshot = await world.chain.tools.snapshot();
});
afterEach(() => world.chain.tools.revert({ id: snapshot }));

type Call = ReturnType<(typeof world)["pay"]>;
const redeem = (call: Call) => ({ permission: world.permission, call });

/** Lands the calls as one operation, which must fail for a reason and change nothing. */
async function expectRefused(calls: readonly Call[], reason: string) {
  const before = await world.balances();
  const landed = await world.steal(calls.map(redeem));
  expect(landed).toMatchObject({ success: false });
  expect(landed.reason).toContain(reason);
  expect(await world.balances()).toEqual(before);
}

test("what is allowed is done: a swap, a payment, both in one operation", async () => {
  const { swap, pay, payee, give, redemptionGas } = world;
  const done = [
    [swap("0.3")],
    [pay(payee, "100")],
    [give(payee, "0.1")],
    [swap("0.1"), pay(payee, "5")],
  ];
  const gas = [];
  for (const calls of done) {
    gas.push(await redemptionGas(calls.map(redeem)));
    expect(await world.steal(calls.map(redeem))).toMatchObject({ success: true, reason: "" });
  }
  const after = await world.balances();
  expect(after.ether).toBe(parseEther("9.5"));
  expect(after.usdc).toBeGreaterThan(parseUnits("10700", 6));
  console.log(
    `gas of a swap, a payment, a native payment, a swap and a payment: ${gas.join(", ")}`,
  );
});

test.each<[string, () => readonly Call[], string]>([
  ["another target", () => [world.give(world.thief, "0.1")], "AllowedTargets"],
  [
    "another selector",
    () => [{ ...world.pay(world.payee, "1"), data: "0x23b872dd" as Hex }],
    "AllowedMethods",
  ],
  ["another recipient", () => [world.pay(world.thief, "1")], "ArgRange:not-listed"],
  ["a swap to itself", () => [world.swap("0.1", { recipient: world.thief })], "ArgRange"],
  [
    "a swap for a token of its own",
    () => [world.swap("0.1", { tokenOut: world.thief })],
    "ArgRange",
  ],
  [
    "data for who gets plain coins",
    () => [{ ...world.give(world.payee, "0.1"), data: "0xd0e30db0" as Hex }],
    "ArgRange:out-of-range",
  ],
  ["an allowance for itself", () => [world.approve(world.thief, "1")], "ArgRange:not-listed"],
  [
    "a larger allowance for the router",
    () => [world.approve(world.deployment.router, "1501")],
    "ArgRange:out-of-range",
  ],
  [
    "more ether than the window",
    () => [world.give(world.payee, "1.000000000000000001")],
    "WindowSpend",
  ],
  ["more tokens than the window", () => [world.pay(world.payee, "1500.000001")], "WindowSpend"],
  [
    "more ether in several redemptions",
    () => [world.give(world.payee, "0.6"), world.swap("0.3"), world.give(world.payee, "0.2")],
    "WindowSpend",
  ],
  [
    "more tokens in several redemptions",
    () => [world.pay(world.payee, "1000"), world.pay(world.payee, "501")],
    "WindowSpend",
  ],
  [
    "the vault's account itself",
    () => [{ target: world.vault.address, value: 0n, data: "0x8da5cb5b" as Hex }],
    "AllowedTargets",
  ],
])("%s is refused", async (_, calls, reason) => {
  await expectRefused(calls(), reason);
});

test("the group that a thief names is the group that must hold", async () => {
  const { permission, pay, thief, payee, deployment } = world;
  const before = await world.balances();
  // The payment to a stranger, through each group in turn.
  const fits = argsFor(permission, pay(payee, "1"), deployment.enforcers);
  const or = fits.findIndex((args) => args !== "0x");
  for (let group = 0; group < 6; group++) {
    const index = group.toString(16).padStart(64, "0");
    const args = fits.map((one, i) =>
      i === or ? (`${one.slice(0, 66)}${index}${one.slice(130)}` as Hex) : one,
    );
    const landed = await world.steal([{ permission, call: pay(thief, "1"), args }]);
    expect(landed.success).toBe(false);
  }
  expect(await world.balances()).toEqual(before);
});

test("several operations in one bundle share the window", async () => {
  const { give, payee, pay } = world;
  const landed = await world.stealMany([
    [redeem(give(payee, "0.7"))],
    [redeem(give(payee, "0.7"))],
    [redeem(pay(payee, "1400"))],
    [redeem(pay(payee, "200"))],
    [redeem(give(payee, "0.3"))],
  ]);
  expect(landed.map(({ success }) => success)).toEqual([true, false, true, false, true]);
  expect(await world.balances()).toEqual({
    ether: parseEther("9"),
    usdc: parseUnits("8600", 6),
  });
});

test("the window rolls: nothing more leaves until a day after, to the second", async () => {
  const { give, payee, chain, nowSeconds } = world;
  expect(await world.steal([redeem(give(payee, "1"))])).toMatchObject({ success: true });
  const spent = await nowSeconds();
  await chain.tools.setNextBlockTimestamp({ timestamp: BigInt(spent + 86_399) });
  await expectRefused([give(payee, "0.000000000000000001")], "WindowSpend");
  await chain.tools.setNextBlockTimestamp({ timestamp: BigInt(spent + 86_400) });
  expect(await world.steal([redeem(give(payee, "1"))])).toMatchObject({ success: true });
});

test("a swap with no least output into a pool that was moved is refused", async () => {
  const { chain, deployment, swap } = world;
  await sellEther(chain, deployment, "100");
  await expectRefused([swap("0.3")], "FairSwap:bad-rate");
  // The market itself moved: the feed says so, and the swap is fair.
  await world.setFeed(world.feeds.ether, 2_070n * 10n ** 8n);
  expect(await world.steal([redeem(swap("0.3"))])).toMatchObject({ success: true });
});

test("a stale feed refuses swaps", async () => {
  const { chain, swap } = world;
  await chain.tools.increaseTime({ seconds: 86_500 });
  await expectRefused([swap("0.3")], "FairSwap:stale");
});

test("after its end it allows nothing", async () => {
  const { chain, pay, payee, expireSeconds } = world;
  await chain.tools.setNextBlockTimestamp({ timestamp: BigInt(expireSeconds) });
  await expectRefused([pay(payee, "1")], "TimestampEnforcer");
});

test("after the owner disabled it, it allows nothing", async () => {
  const { permission, pay, payee, own } = world;
  expect(await own(disableCall(permission))).toMatchObject({ success: true });
  // CannotUseADisabledDelegation()
  await expectRefused([pay(payee, "1")], "0x05baa052");
});

test("after the owner's kill switch, it allows nothing", async () => {
  const { deployment, pay, payee, own } = world;
  const { enforcers, delegationManager } = deployment;
  const call = executeCall(enforcers.nonce, killSwitchCall(delegationManager));
  expect(await own(call)).toMatchObject({ success: true });
  await expectRefused([pay(payee, "1")], "NonceEnforcer");
});

test("it can't be handed on", async () => {
  const { permission, pay, payee, thief, deployment, chain, delegateOn } = world;
  const before = await world.balances();
  const handed = await delegateOn(thief, permission, permissionHash(permission));
  const call = pay(payee, "1");
  const args = argsFor(permission, call, deployment.enforcers);
  const root = {
    ...permission,
    caveats: permission.caveats.map((caveat, i) => ({ ...caveat, args: args[i] ?? "0x" })),
  };
  const context = encodeDelegations([{ ...handed, caveats: [] }, root]) as Hex;
  const data = encodeFunctionData({
    abi: parseAbi(["function redeemDelegations(bytes[], bytes32[], bytes[])"]),
    functionName: "redeemDelegations",
    args: [
      [context],
      [`0x${"00".repeat(32)}`],
      [encodePacked(["address", "uint256", "bytes"], [call.target, call.value, call.data])],
    ],
  });
  const redeeming = chain.reader.call({ account: thief, to: deployment.delegationManager, data });
  await expect(redeeming).rejects.toThrow("RedeemerEnforcer");
  expect(await world.balances()).toEqual(before);
});
