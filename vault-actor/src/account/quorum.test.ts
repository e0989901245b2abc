import { describe, expect, test, vi } from "vitest";
import { FakeNodes, type Fault } from "../../test/support/fake-nodes.ts";
import { testChain } from "../../test/support/test-chain.ts";
import { createAsk } from "./quorum.ts";

const account = `0x${"ab".repeat(20)}` as const;
const truth = "0x6001";
const answer = (body: object, status = 200) => Response.json(body, { status });
const error = (code: number, message: string) => answer({ error: { code, message } });

/** How a node may fail to tell the truth. */
const faults: Readonly<Record<string, Fault>> = {
  honest: () => undefined,
  lies: () => answer({ result: "0x6002" }),
  "says that it reverts": () => error(3, "execution reverted"),
  "is down": () => answer({}, 503),
  "is overloaded": () => error(-32005, "limit exceeded"),
  "does not know the block": () => error(-39001, "unknown block"),
  "answers with no JSON": () => new Response("<html>"),
  "answers with a number": () => answer({ result: 1 }),
  "answers with half a byte": () => answer({ result: "0x600" }),
  "answers nothing": () => answer({ result: null }),
  "never stops": () => answer({ result: `0x${"60".repeat(200_000)}` }),
  "is unreachable": () => {
    throw new TypeError("connect");
  },
};
const kinds = Object.keys(faults);

function nodesOf(behaviours: readonly string[], quorum: number) {
  const nodes = new FakeNodes();
  nodes.accounts.set(account, { code: truth });
  const rpcUrls = behaviours.map((_, index) => `http://node-${index}.test/`);
  for (const [index, behaviour] of behaviours.entries()) {
    const fault = faults[behaviour];
    if (fault !== undefined) nodes.faults.set(rpcUrls[index] ?? "", fault);
  }
  const disagreements: string[] = [];
  const deps = {
    fetch: nodes.fetch,
    onDisagreement: ({ message }: Error) => disagreements.push(message),
  };
  const chain = { ...testChain(1), rpcUrls, quorum, proofBlock: "safe" as const };
  return { nodes, disagreements, ask: createAsk(deps, chain) };
}

describe("a quorum of nodes", () => {
  test("of three, two must tell the truth: every mix of what the others may do", async () => {
    for (const a of kinds) {
      for (const b of kinds) {
        for (const c of kinds) {
          const mix = [a, b, c];
          const { ask } = nodesOf(mix, 2);
          const alike = (kind: string) => mix.filter((other) => other === kind).length >= 2;
          const expected = alike("honest")
            ? { kind: "value", value: truth }
            : alike("lies")
              ? { kind: "value", value: "0x6002" }
              : { kind: alike("says that it reverts") ? "revert" : "unavailable" };
          expect(await ask("eth_getCode", [account]), mix.join(", ")).toEqual(expected);
        }
      }
    }
  });

  test.each([
    [1, 1, 0],
    [2, 2, 0],
    [3, 2, 1],
    [3, 3, 0],
    [4, 3, 1],
    [5, 3, 2],
    [5, 4, 1],
  ])(
    "of %d nodes with a quorum of %d, %d liars change nothing and one more gets nothing through",
    async (count, quorum, most) => {
      for (const kind of kinds.slice(1)) {
        const mix = (liars: number) =>
          Array.from({ length: count }, (_, index) => (index < liars ? kind : "honest"));
        const value = { kind: "value", value: truth };
        expect(await nodesOf(mix(most), quorum).ask("eth_getCode", [account])).toEqual(value);
        // As many liars as a quorum are believed: that is what the number means.
        const more = most + 1;
        if (more >= quorum) continue;
        const { ask } = nodesOf(mix(more), quorum);
        expect(await ask("eth_getCode", [account])).toEqual({ kind: "unavailable" });
      }
    },
  );

  test("all are asked at once, at the proof block", async () => {
    const { ask, nodes } = nodesOf(["honest", "honest", "honest"], 2);
    await ask("eth_getCode", [account]);
    expect(nodes.asked.map(({ url }) => url).sort()).toEqual(
      [0, 1, 2].map((index) => `http://node-${index}.test/`),
    );
    expect(nodes.asked.map(({ block }) => block)).toEqual(["safe", "safe", "safe"]);
  });

  test("a disagreement is told, without the answers", async () => {
    const { ask, disagreements } = nodesOf(["lies", "honest", "honest"], 3);
    await ask("eth_getCode", [account]);
    expect(disagreements).toEqual(["3 nodes of eip155:1 disagree about eth_getCode"]);
    const agreed = nodesOf(["is down", "honest", "honest"], 2);
    await agreed.ask("eth_getCode", [account]);
    expect(agreed.disagreements).toEqual([]);
  });

  test("nobody waits for a silent node that can't change the answer", async () => {
    const { nodes } = nodesOf(["honest", "honest", "honest"], 2);
    const hung: AbortSignal[] = [];
    const fetch = (url: string, init: RequestInit) => {
      if (!url.includes("node-1")) return nodes.fetch(url, init);
      if (init.signal) hung.push(init.signal);
      return new Promise<Response>(() => undefined);
    };
    const rpcUrls = [0, 1, 2].map((index) => `http://node-${index}.test/`);
    const chain = { ...testChain(1), rpcUrls, quorum: 2 };
    const ask = createAsk({ fetch, onDisagreement: () => undefined }, chain);
    expect(await ask("eth_getCode", [account])).toEqual({ kind: "value", value: truth });
    expect(hung[0]?.aborted).toBe(true);
  });

  test("silent nodes are given up after eight seconds", async () => {
    vi.useFakeTimers();
    const fetch = (_url: string, { signal }: RequestInit) =>
      new Promise<Response>((_, reject) => {
        signal?.addEventListener("abort", () => reject(new DOMException("late", "AbortError")));
      });
    const ask = createAsk({ fetch, onDisagreement: () => undefined }, testChain(1));
    const asked = ask("eth_getCode", [account]);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(await asked).toEqual({ kind: "unavailable" });
    vi.useRealTimers();
  });
});
