/** The portfolio, in workerd: read when asked, recorded by the alarm, listed page by page. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { afterEach, expect, test, vi } from "vitest";
import { LedgerEntry_Kind } from "#gen/vault/v1/ledger_entry";
import { reasonOf } from "#protocol/errors";
import { chainId, claimedVault, type TestVault } from "./support/claimed-vault.ts";
import { FakeChainNodes } from "./support/fake-chain-nodes.ts";

afterEach(() => vi.unstubAllGlobals());

const eth = `eip155:${chainId}/slip44:60`;
const token = `eip155:${chainId}/erc20:0x${"c".repeat(40)}`;
const reason = (call: Promise<unknown>) => call.then(() => "ok", reasonOf);

/** The chain's node, where the vault's account has 7 wei. */
function nodesOf(vault: TestVault): FakeChainNodes {
  const nodes = new FakeChainNodes();
  nodes.balances.set(vault.vaultId.slice(`eip155:${chainId}:`.length), 7n);
  vi.stubGlobal("fetch", nodes.fetch);
  return nodes;
}

const track = ({ client, name }: TestVault, trackedAssets: string[], intervalMs?: number) =>
  client.vault.updatePortfolio({
    parent: name,
    requestId: crypto.randomUUID(),
    trackedAssets,
    ...(intervalMs === undefined ? {} : { snapshotInterval: durationFromMs(intervalMs) }),
  });

const jobs = (vault: TestVault) =>
  runInDurableObject(vault.stub, (_object, { storage: { sql } }) =>
    sql.exec("SELECT ref FROM job WHERE kind = 'portfolio'").toArray(),
  );

test("what is tracked is read at one block; without nodes there is no portfolio", async () => {
  const vault = await claimedVault();
  const { client, name } = vault;
  const read = () => client.vault.getPortfolio({ name: `${name}/portfolio` });
  expect(await reason(read())).toBe("CHAIN_UNAVAILABLE");
  nodesOf(vault);
  expect((await read()).portfolio).toMatchObject({ holdings: [], blockNumber: 1000n });
  expect(await track(vault, [eth, token])).toMatchObject({ trackedAssets: [eth, token] });
  const answer = await read();
  expect(answer).toMatchObject({ trackedAssets: [eth, token] });
  expect(answer.snapshotInterval).toBeUndefined();
  expect(answer.portfolio).toMatchObject({
    name: `${name}/portfolio`,
    chain: `eip155:${chainId}`,
    holdings: [
      { asset: token, balance: "", decimals: 0, valueUsd: "" },
      { asset: eth, balance: "7", decimals: 18, valueUsd: "" },
    ],
    complete: false,
    totalUsd: "0",
  });
  const { ledgerEntries } = await client.vault.listLedgerEntries({ parent: name, pageSize: 1 });
  expect(ledgerEntries[0]?.kind).toBe(LedgerEntry_Kind.PORTFOLIO_CHANGED);
  expect(JSON.parse(ledgerEntries[0]?.facts ?? "")).toEqual({
    snapshot_interval: "",
    tracked_assets: `${eth}\n${token}`,
  });
  // Nothing wakes a vault for what nobody asked for.
  expect(await jobs(vault)).toEqual([]);
});

test("the alarm records it at its interval, once each time, until nobody wants it", async () => {
  const vault = await claimedVault();
  const { client, name } = vault;
  const nodes = nodesOf(vault);
  await track(vault, [eth], 60_000);
  expect(await jobs(vault)).toEqual([{ ref: "interval" }]);
  await runDurableObjectAlarm(vault.stub);
  const list = (pageToken = "") =>
    client.vault.listPortfolioSnapshots({ parent: name, pageSize: 1, pageToken });
  expect((await list()).snapshots).toMatchObject([
    { name: `${name}/portfolioSnapshots/1`, blockNumber: 1000n, holdings: [{ balance: "7" }] },
  ]);
  // It died before its end: the same occurrence is not recorded again.
  nodes.head += 1;
  const dueAgain = async (agoMs: number) => {
    await runInDurableObject(vault.stub, async (_object, { storage }) => {
      storage.sql.exec("UPDATE portfolio SET since_ms = since_ms - ?", agoMs);
      storage.sql.exec("UPDATE job SET due_ms = 0 WHERE kind = 'portfolio'");
      await storage.setAlarm(Date.now() + 3_600_000);
    });
    await evictDurableObject(vault.stub);
    await runDurableObjectAlarm(vault.stub);
  };
  await dueAgain(0);
  expect((await list()).snapshots).toMatchObject([{ blockNumber: 1000n }]);
  await dueAgain(60_000);
  const page = await list();
  expect(page.snapshots).toMatchObject([
    { name: `${name}/portfolioSnapshots/2`, blockNumber: 1001n },
  ]);
  const rest = await list(page.nextPageToken);
  expect(rest.snapshots).toMatchObject([{ blockNumber: 1000n }]);
  expect(rest.nextPageToken).toBe("");
  await track(vault, [eth]);
  expect(await jobs(vault)).toEqual([]);
});

test("another chain's asset is not tracked, nor is another native asset", async () => {
  const vault = await claimedVault();
  for (const asset of ["eip155:1/slip44:60", `eip155:${chainId}/slip44:966`]) {
    expect(await reason(track(vault, [eth, asset]))).toBe("FIELD_INVALID");
  }
  expect(await reason(track(vault, [eth], 59_000))).toBe("FIELD_INVALID");
});
