/** An execution that is signed and not yet sent, with a chain that a test moves. */
import { createAdvance } from "../../src/execution/advance.ts";
import { readExecution } from "../../src/execution/store.ts";
import { spendsOf } from "../../src/policy/spend-store.ts";
import { executionPorts } from "./execution-ports.ts";
import { FakeChain } from "./fake-chain.ts";
import {
  chain,
  deploying,
  eth,
  operatingVault,
  planned,
  startMs,
  submitted,
  target,
  vaultId,
} from "./operating-vault.ts";

/** The hash of a block. */
export const blockA = `0x${"a".repeat(64)}` as const;

/** An execution that is signed and not yet sent. */
export async function signed(deploys = false) {
  const vault = await operatingVault({
    calls: [{ target, selectors: ["0x"] }],
    recipients: [target],
    assets: [{ asset: eth, maxPerOperation: "60" }],
  });
  let nowMs = startMs;
  planned(vault, "e1", nowMs);
  await submitted(vault, "e1", 50n, () => nowMs, deploys ? deploying(vault) : {});
  const read = () => {
    const execution = readExecution(vault.db, "e1");
    if (execution === undefined) throw new Error("no execution");
    return execution;
  };
  const outside = new FakeChain(() => {
    const operation = read().signed;
    if (operation === undefined) throw new Error("nothing is signed");
    return operation;
  });
  const advance = createAdvance({
    ...vault,
    chains: new Map([[1, chain]]),
    vaultId: () => vaultId,
    secure: async () => true,
    ...executionPorts,
    rpcFor: () => outside.rpc,
    now: () => nowMs,
  });
  return {
    vault,
    outside,
    read,
    step: () => advance("e1"),
    wait: (ms: number) => {
      nowMs += ms;
    },
    held: () => spendsOf(vault.db, "e1").map(({ state, settled }) => ({ state, settled })),
    ledger: () =>
      vault.db
        .all<{ kind: string }>("SELECT kind FROM ledger ORDER BY sequence")
        .map(({ kind }) => kind),
  };
}
