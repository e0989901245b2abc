/** Conditions read a real chain: what nodes answer, and what a reorganisation changes. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Address, type Hex, parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { Verdict } from "#gen/trigger/v1/trigger";
import { enumName } from "#protocol/enum-name";
import type { Account } from "#protocol/names";
import { requestFor } from "../../vault-actor/src/chain/log-request.ts";
import { createChainReader } from "../../vault-actor/src/chain/node-reader.ts";
import { compile } from "../../vault-actor/src/trigger/compile.ts";
import { type Evaluated, evaluate } from "../../vault-actor/src/trigger/evaluate.ts";
import type { States } from "../../vault-actor/src/trigger/state.ts";
import { emptyWorld } from "../../vault-actor/src/trigger/view.ts";
import { testChain } from "../../vault-actor/test/support/test-chain.ts";
import { devAccount, roles } from "../stack/chain/accounts.ts";
import { artifact } from "../stack/chain/artifacts.ts";
import { deploy } from "../stack/chain/deploy.ts";
import { type LocalChain, localChainId, startNode } from "../stack/chain/node.ts";
import { Instance } from "../stack/instance.ts";
import { freePorts } from "../stack/ports.ts";

type Test = NonNullable<MessageInitShape<typeof ConditionSchema>["test"]>;

const token = artifact("../contracts/TestUsdc.json");
const holder = devAccount(roles.owner).address.toLowerCase() as Address;
const own: Account = { chainId: localChainId, address: holder as `0x${string}` };
const maxAge = { seconds: 120n };

let instance: Instance;
let chain: LocalChain;
let usdc: string;
let reader: ReturnType<typeof createChainReader>;

beforeAll(async () => {
  instance = Instance.open("chain-conditions", false);
  chain = await startNode(instance, (await freePorts()).chain, false);
  usdc = await deploy(chain, token);
  // A chain that is younger than the confirmations has no confirmed block.
  await chain.tools.mine({ blocks: 4, interval: 0 });
  const config = { ...testChain(localChainId), rpcUrls: [chain.url] };
  reader = createChainReader({
    fetch: (url, init) => fetch(url, init),
    chains: new Map([[localChainId, config]]),
    onDisagreement: (fault) => {
      throw fault;
    },
    now: Date.now,
  });
});
afterAll(() => instance.stopAll());

const mint = async (amount: bigint): Promise<Hex> => {
  const wallet = chain.wallet(devAccount(roles.deployer));
  const hash = await wallet.writeContract({
    address: usdc as Address,
    abi: token.abi,
    functionName: "mint",
    args: [holder, amount],
    gas: 200_000n,
  });
  await chain.reader.waitForTransactionReceipt({ hash });
  return hash;
};

/** Looks once, as the vault does: reads what the condition depends on, and evaluates it. */
async function look(
  of: Test,
  known: { states?: States; spent?: readonly string[]; activeMs?: number; nextBlock?: bigint } = {},
): Promise<Evaluated & { readonly toBlock: bigint }> {
  const node = compile(create(ConditionSchema, { test: of }), own);
  const reads = node.depends.flatMap((one) => (one.kind === "chain" ? [one.read] : []));
  const { nextBlock } = known;
  const cursor = nextBlock === undefined ? undefined : { nextBlock, atMs: 0 };
  const wanted = node.depends.flatMap((one) =>
    one.kind === "logs" ? [requestFor(one.filter, cursor)] : [],
  );
  const [values, logs] = [await reader.read(reads), await reader.readLogs(wanted)];
  const view = {
    ...emptyWorld(Date.now()),
    chain: values,
    logs,
    spent: new Set(known.spent ?? []),
    activeMs: known.activeMs ?? 0,
    busy: false,
  };
  const toBlock = [...logs.values()][0]?.toBlock ?? -1n;
  return { ...evaluate(node, view, known.states ?? {}), toBlock };
}

const said = ({ outcome }: Evaluated) =>
  `${enumName(Verdict, outcome.verdict)} ${outcome.explain()}`;

describe("readings", () => {
  const { AT_LEAST: comparator } = Comparator;
  test("the base fee, balances and what a contract answers", async () => {
    await mint(5_000_000n);
    const contract = `eip155:${localChainId}:${usdc}`;
    const asset = `eip155:${localChainId}/erc20:${usdc}`;
    const balanceOf = "function balanceOf(address) view returns (uint256)";
    const call = { contract, comparator, maxAge, resultIndex: 0 };
    const read = (text: string, args: string[], value: string): Test => ({
      case: "contractRead",
      value: { ...call, function: text, arguments: args, value },
    });
    const chainName = `eip155:${localChainId}`;
    const ether = `${chainName}/slip44:60`;
    expect(
      said(
        await look({ case: "gasPrice", value: { chain: chainName, comparator, wei: "1", maxAge } }),
      ),
    ).toMatch(/^TRUE \d+ >= 1$/);
    const amount = String(parseEther("10000"));
    const funds: Test = {
      case: "balance",
      value: { account: "", asset: ether, comparator, amount, maxAge },
    };
    expect(said(await look(funds))).toBe(`TRUE ${amount} >= ${amount}`);
    const tokens: Test = {
      case: "balance",
      value: { account: "", asset, comparator, amount: "5000001", maxAge },
    };
    expect(said(await look(tokens))).toBe("FALSE not 5000000 >= 5000001");
    expect(said(await look(read(balanceOf, [holder], "5000000")))).toBe("TRUE 5000000 >= 5000000");
    const decimals = "function decimals() view returns (uint8)";
    expect(said(await look(read(decimals, [], "7")))).toBe("FALSE not 6 >= 7");
    const missing = "function nothing() view returns (uint256)";
    expect(said(await look(read(missing, [], "1")))).toBe("UNKNOWN could not be read");
  });
});

describe("a log", () => {
  const transfers = (confirmations: number, value: string): Test => ({
    case: "chainLog",
    value: {
      contract: `eip155:${localChainId}:${usdc}`,
      event: "Transfer(address indexed from, address indexed to, uint256 value)",
      arguments: [
        { index: 1, value: holder },
        { index: 2, comparator: Comparator.AT_LEAST, value },
      ],
      confirmations,
    },
  });

  test("counts from its confirmations on, and once", async () => {
    const activeMs = Date.now();
    const condition = transfers(3, "7000000");
    const before = await look(condition, { activeMs });
    expect(enumName(Verdict, before.outcome.verdict)).toBe("FALSE");
    await mint(6_000_000n);
    const hash = await mint(7_000_000n);
    const receipt = await chain.reader.getTransactionReceipt({ hash });
    const cause = `log/eip155:${localChainId}/${hash}/0`;
    let seen = before;
    while (seen.toBlock < receipt.blockNumber) {
      expect(seen.outcome.causes).toEqual([]);
      await chain.tools.mine({ blocks: 1 });
      seen = await look(condition, { activeMs, nextBlock: seen.toBlock + 1n });
    }
    expect(seen.outcome.causes).toEqual([cause]);
    const states = { chain_log: seen.fired.get("chain_log")?.state ?? fail() };
    const again = await look(condition, {
      activeMs,
      nextBlock: seen.toBlock + 1n,
      spent: [cause],
      states,
    });
    expect(said(again)).toMatch(/^FALSE no log matches/);
    // Of a trigger that is activated now, it is too old.
    const later = await look(condition, { activeMs: Date.now() + 60_000 });
    expect(said(later)).toMatch(/^FALSE no log matches/);
  });

  test("that a reorganisation moves to another block is the same", async () => {
    const activeMs = Date.now();
    const condition = transfers(0, "9000000");
    const wallet = chain.wallet(devAccount(roles.deployer));
    const nonce = await chain.reader.getTransactionCount({
      address: devAccount(roles.deployer).address,
    });
    const snapshot = await chain.tools.snapshot();
    const hash = await mint(9_000_000n);
    const first = await chain.reader.getTransactionReceipt({ hash });
    const { input, gas, maxFeePerGas, maxPriorityFeePerGas } = await chain.reader.getTransaction({
      hash,
    });
    const seen = await look(condition, { activeMs });
    const cause = `log/eip155:${localChainId}/${hash}/0`;
    expect(seen.outcome.causes).toEqual([cause]);

    // The chain is what it was before, and goes on otherwise: the same transaction comes later.
    await chain.tools.revert({ id: snapshot });
    await chain.tools.mine({ blocks: 3 });
    const repeated = await wallet.signTransaction({
      to: usdc as Address,
      data: input,
      gas,
      nonce,
      type: "eip1559",
      maxFeePerGas: maxFeePerGas ?? 0n,
      maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n,
    });
    expect(await chain.reader.sendRawTransaction?.({ serializedTransaction: repeated })).toBe(hash);
    const moved = await chain.reader.waitForTransactionReceipt({ hash });
    expect(moved.blockNumber).not.toBe(first.blockNumber);

    const nextBlock = seen.toBlock + 1n;
    const states = { chain_log: seen.fired.get("chain_log")?.state ?? fail() };
    const after = await look(condition, { activeMs, nextBlock, states, spent: [cause] });
    expect(after.toBlock).toBeGreaterThanOrEqual(moved.blockNumber);
    expect(said(after)).toMatch(/^FALSE no log matches/);
    // Whoever has not counted it yet counts it once, under the same name.
    const other = await look(condition, { activeMs, nextBlock });
    expect(other.outcome.causes).toEqual([cause]);
  });
});

function fail(): never {
  throw new Error("there must be a state");
}
