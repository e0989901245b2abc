/**
 * Signals-service in the hands of somebody who has not the feed's key: it can delay and be silent.
 * It fires nothing, and when it is honest again the vault goes on.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, test } from "vitest";
import { BatchGetObservationsResponseSchema } from "#gen/signal/v1/pull_messages";
import type { SeriesEntry, SignedManifest } from "#gen/signal/v1/snapshot";
import { Verdict } from "#gen/trigger/v1/trigger";
import { dial } from "#protocol/dial";
import { makeFeedKey } from "../../test/support/fake-signals.ts";
import {
  type Answer,
  rewritten,
  type Tamper,
  tampered,
} from "../../test/support/hostile-signals.ts";
import { signRound } from "../../test/support/signed-round.ts";
import {
  ethUsd,
  giftTrigger,
  requestId,
  under,
  watchingVault,
} from "../../test/support/watching-vault.ts";
import { readTrigger } from "../trigger/store.ts";
import { createSignalClient } from "./client.ts";

const btcUsd = "market.price.btc.usd@v1";
const usdcUsd = "market.price.usdc.usd@v1";
const series = [btcUsd, ethUsd];
const minuteMs = 60_000;

let world: Awaited<ReturnType<typeof watchingVault>>;
let triggerId: string;
/** What was signed once, when ether was cheap. */
let cheap: Answer;

/** The next minute: prices are what they were, or ether's is new. */
async function minute(price?: string): Promise<void> {
  const { vault, signals } = world;
  vault.wait(minuteMs);
  if (price !== undefined) signals.observe(ethUsd, price);
  for (const id of [...series, usdcUsd]) signals.reread(id);
  await signals.publish();
  await vault.wake();
}

const answered = (init: MessageInitShape<typeof BatchGetObservationsResponseSchema>) =>
  create(BatchGetObservationsResponseSchema, init);
const use = (tamper: Tamper) => {
  const { vault, signals } = world;
  vault.signals = { feedKeyId: signals.feedKeyId, fetch: tampered(signals, tamper) };
};
const honest = () => {
  world.vault.signals = world.signals;
};
const firings = () => world.vault.db.all("SELECT firing_id FROM firing").length;
const verdict = () => readTrigger(world.vault.db, triggerId)?.standing.verdict;

beforeEach(async () => {
  world = await watchingVault();
  const { vault, signals, client } = world;
  signals.observe(ethUsd, "1500");
  signals.observe(btcUsd, "60000");
  signals.observe(usdcUsd, "1");
  await signals.publish();
  use((answer, ids) => {
    if (ids.length === 2) cheap = answer;
    return answer;
  });
  const look = createSignalClient({
    transport: dial((request) => vault.signals.fetch(request), "http://signals"),
    feedKeyId: signals.feedKeyId,
    now: () => vault.nowMs,
  });
  await look.look(series);
  honest();
  vault.wait(minuteMs);
  signals.observe(ethUsd, "2500");
  await signals.publish();
  const condition = {
    test: {
      case: "any" as const,
      value: { conditions: [under("2000"), under("20000", { series: btcUsd })] },
    },
  };
  const { trigger } = await client.triggers.createTrigger({
    parent: vault.name,
    requestId: requestId(),
    trigger: giftTrigger(condition),
  });
  triggerId = trigger?.name.split("/").at(-1) ?? "";
  await minute();
  expect([firings(), verdict()]).toEqual([0, Verdict.FALSE]);
});

const lower = (entry: SeriesEntry) => {
  if (entry.observation !== undefined) entry.observation.value = "1500";
};

/** A round that another key signed, in which ether is cheap. */
async function foreignRound(ids: readonly string[], keyId?: string): Promise<Answer> {
  const feed = await makeFeedKey();
  const snapshot = await world.signals.publish();
  const { manifest, entries } = await signRound(snapshot, feed, (entry) => {
    lower(entry);
    return entry;
  });
  const signedManifest: SignedManifest = keyId === undefined ? manifest : { ...manifest, keyId };
  return answered({ signedManifest, entries: ids.flatMap((id) => entries.get(id) ?? []) });
}

const attacks: readonly (readonly [string, string, Tamper])[] = [
  [
    "altered entries",
    "entry_altered",
    (answer) =>
      answered({ ...answer, entries: answer.entries.map((one) => rewritten(one, lower)) }),
  ],
  [
    "the entries of two series swapped",
    "entry_altered",
    (answer) => answered({ ...answer, entries: [...answer.entries].reverse() }),
  ],
  [
    "an entry of another series under the name",
    "entry_altered",
    async (answer, ids) => {
      const round = await signRound(await world.signals.publish(), await makeFeedKey());
      const other = round.entries.get(usdcUsd) ?? new Uint8Array();
      return answered({
        ...answer,
        entries: ids.map((id, at) => (id === ethUsd ? other : (answer.entries[at] ?? other))),
      });
    },
  ],
  [
    "an omitted entry",
    "incomplete",
    (answer) => answered({ ...answer, entries: answer.entries.slice(0, 1) }),
  ],
  [
    "an entry too many",
    "incomplete",
    (answer) => answered({ ...answer, entries: [...answer.entries, ...cheap.entries] }),
  ],
  ["no manifest", "incomplete", (answer) => answered({ entries: answer.entries })],
  ["an old round, manifest and entries", "older_round", () => cheap],
  [
    "old entries under the new manifest",
    "entry_altered",
    (answer) => answered({ ...answer, entries: cheap.entries }),
  ],
  [
    "a later round's number in an old manifest",
    "manifest_altered",
    () => {
      const { signedManifest } = cheap;
      if (signedManifest === undefined) throw new Error("no manifest");
      // The round is the first field: 1 becomes 99.
      const manifest = new Uint8Array(signedManifest.manifest);
      manifest[1] = 99;
      return answered({ ...cheap, signedManifest: { ...signedManifest, manifest } });
    },
  ],
  ["a foreign key", "manifest_foreign", (_, ids) => foreignRound(ids)],
  [
    "a foreign key under the feed's name",
    "manifest_altered",
    (_, ids) => foreignRound(ids, world.signals.feedKeyId),
  ],
  ["nothing", "incomplete", () => answered({})],
  ["garbage", "unreachable", () => new Response(crypto.getRandomValues(new Uint8Array(999)))],
  [
    "garbage of the right type",
    "unreachable",
    () => {
      const headers = { "content-type": "application/proto" };
      return new Response(new Uint8Array(999).fill(255), { headers });
    },
  ],
  [
    "a web page",
    "unreachable",
    () => new Response("<html>502</html>", { headers: { "content-type": "text/html" } }),
  ],
  ["a refusal", "unreachable", () => Response.json({ code: "unavailable" }, { status: 503 })],
  ["a broken line", "unreachable", () => Promise.reject(new Error("reset"))],
  [
    "an answer without end",
    "unreachable",
    () => {
      const headers = { "content-type": "application/proto" };
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 1_048_576;
          if (sent > 64 * 1_048_576) throw new Error("read far too much");
          controller.enqueue(new Uint8Array(1_048_576));
        },
      });
      return new Response(body, { headers });
    },
  ],
];

describe("without the feed's key, a signals service that sends", () => {
  test.for(attacks)("%s is not believed, and says why", async ([, reason, tamper]) => {
    const { vault, signals } = world;
    use(tamper);
    const client = createSignalClient({
      transport: dial((request) => vault.signals.fetch(request), "http://signals"),
      feedKeyId: signals.feedKeyId,
      now: () => vault.nowMs,
      kept: () => ({ round: 3n, body: undefined, receiveMs: 0 }),
    });
    expect(await client.current(new Set(series))).toEqual({
      kind: "retry",
      reason,
      world: undefined,
    });
  });

  test.for(attacks)("%s fires nothing, and is forgotten", async ([, , tamper]) => {
    use(tamper);
    for (let i = 0; i < 7; i += 1) await minute();
    // The last readings are too old by now: not known is neither true nor false.
    expect([firings(), verdict()]).toEqual([0, Verdict.UNKNOWN]);
    expect(world.vault.faults).toEqual([]);
    const { trigger } = await world.client.triggers.getTrigger({
      name: `${world.vault.name}/triggers/${triggerId}`,
    });
    expect(trigger?.displayName).toBe("a gift");
    honest();
    await minute("1900");
    await minute();
    expect([firings(), verdict()]).toEqual([1, Verdict.TRUE]);
  });

  test("an old round after an eviction fires nothing", async () => {
    use(() => cheap);
    world.vault.crash();
    for (let i = 0; i < 7; i += 1) await minute();
    expect([firings(), verdict()]).toEqual([0, Verdict.UNKNOWN]);
  });
});

test("an answer that never comes is given up", async () => {
  const { vault, signals } = world;
  for (const fetch of [
    () => new Promise<Response>(() => {}),
    async () =>
      new Response(new ReadableStream({ pull: () => new Promise(() => {}) }), {
        headers: { "content-type": "application/proto" },
      }),
  ]) {
    const client = createSignalClient({
      transport: dial(fetch, "http://signals"),
      feedKeyId: signals.feedKeyId,
      now: () => vault.nowMs,
      timeoutMs: 50,
      timer: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    });
    expect(await client.current(new Set(series))).toMatchObject({ reason: "unreachable" });
  }
}, 5000);

test("a manifest of a time to come is not believed, though the feed's key signed it", async () => {
  const { vault, signals } = world;
  const pulls = [];
  for (const aheadMs of [299_000, 301_000]) {
    signals.skewMs = aheadMs;
    await signals.publish();
    const client = createSignalClient({
      transport: dial(signals.fetch, "http://signals"),
      feedKeyId: signals.feedKeyId,
      now: () => vault.nowMs,
    });
    pulls.push(await client.current(new Set(series)));
  }
  expect(pulls).toMatchObject([{ kind: "ok" }, { kind: "retry", reason: "from_the_future" }]);
});

test("the fetch that the tests tamper with is the vault's own", async () => {
  expect(world.signals.calls.get("BatchGetObservations")).toBeGreaterThan(0);
  expect([...world.signals.calls.keys()]).toEqual(["BatchGetObservations"]);
});
