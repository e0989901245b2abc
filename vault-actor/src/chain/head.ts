/** Finds the newest block that a quorum of a chain's nodes has reached. */
import type { Nodes } from "./agree.ts";
import { quantity } from "./canon.ts";

/** How long slower nodes are waited for once enough have answered, in milliseconds. */
const graceMs = 300;

/** How long nodes are waited for at all, in milliseconds. */
const deadlineMs = 8_000;

/**
 * The highest block that at least a quorum of nodes says it has. A node that claims a block
 * that does not exist, or lags, moves it by no more than the others allow.
 */
export async function headOf({ chain, ask }: Nodes): Promise<bigint | undefined> {
  const heads: bigint[] = [];
  const given = new AbortController();
  const timers: ReturnType<typeof setTimeout>[] = [];
  await new Promise<void>((done) => {
    timers.push(setTimeout(done, deadlineMs));
    const asked = ask.map(async (node) => {
      const [said] = await node([{ method: "eth_blockNumber", params: [] }], given.signal);
      const head = said?.kind === "value" ? quantity(said.value) : undefined;
      if (head === undefined) return;
      heads.push(BigInt(head));
      if (heads.length === chain.quorum) timers.push(setTimeout(done, graceMs));
    });
    void Promise.all(asked).then(() => done());
  });
  for (const timer of timers) clearTimeout(timer);
  given.abort();
  return heads.sort((a, b) => (a < b ? 1 : -1))[chain.quorum - 1];
}
