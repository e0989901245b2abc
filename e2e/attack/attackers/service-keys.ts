/**
 * The RPCs that need a key of the signals service: strangers', vaults' and altered calls, through
 * the gateway and past it. What is published is seen in the database.
 */
import { request as httpRequest } from "node:http";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { WireRequest } from "#protocol/exchange";
import type { Reason } from "#protocol/failure";
import { signRequest } from "#protocol/proof/sign";
import type { Signer } from "#protocol/proof/signer";
import { withPostgres } from "../../../signals-service/src/store/postgres.ts";
import { send } from "../../scenario/raw-call.ts";
import { requestId } from "../../scenario/vault.ts";
import type { Stack } from "../../stack/stack.ts";
import { type Outcome, outcomeOfResponse } from "../outcome.ts";
import type { Attacker, Tried } from "../score.ts";
import { type Cell, cellsOf, cellText, passOne, unsigned } from "../stage/cells.ts";
import { type KeyKind, keyKinds, makeKey } from "../stage/keys.ts";
import { seriesOf } from "../stage/service-keys.ts";
import type { Stage } from "../stage/stage.ts";

/** The attacker. */
export const serviceKeys: Attacker = {
  name: "service keys",
  async run(stage, score, breadth) {
    for (const cell of cellsOf(stage.serviceRpcs, breadth)) {
      const tried: Tried[] = [];
      const before = await publishedIn(stage.stack);
      for (const [name, expected, make] of attempts) {
        const request = await make(stage, cell);
        for (const [way, pass] of ways) {
          const attempt = `${name}, ${way}: ${cellText(cell)}`;
          const outcome = await pass(stage, request);
          tried.push({ attempt, outcome, expected: { refusedFor: expected } });
        }
      }
      const changed = (await publishedIn(stage.stack)) === before ? [] : ["what is published"];
      score.volley(tried, changed);
      const good = await signed(stage, cell, stage.serviceKeys[cell.kind].signer);
      const where = cellText(cell);
      // A publisher is no operator, and is told so past the door.
      score.control(where, await throughGateway(stage, good), ["SCOPE_MISSING"]);
      const again = await pastGateway(stage, good);
      const refusedFor = cell.rpc.reads ? beyond : atDoor;
      score.attack(`sent again: ${where}`, again, { refusedFor });
      score.attack(`asked of a vault: ${where}`, await passOne(stage, good), {
        refusedFor: ["METHOD_UNKNOWN", "HEADER_INVALID"],
      });
    }
  },
};

const atDoor: readonly Reason[] = ["PROOF_REJECTED", "HEADER_INVALID"];
const beyond: readonly Reason[] = ["SCOPE_MISSING", "FEATURE_UNAVAILABLE"];

type Attempt = readonly [
  string,
  readonly Reason[],
  (stage: Stage, cell: Cell) => Promise<WireRequest>,
];

const hour = 3_600_000;
const attempts: readonly Attempt[] = [
  ["a stranger's key", atDoor, async (s, c) => signed(s, c, (await makeKey(c.kind)).signer)],
  ["a vault's key", atDoor, (s, c) => signed(s, c, s.keys[c.kind].signer)],
  [
    "signed for a vault",
    atDoor,
    (s, c) => signed(s, c, own(s, c), { audience: s.victim.owner.vaultId }),
  ],
  [
    "signed for a vault, then turned",
    atDoor,
    async (s, c) => {
      const request = await signed(s, c, own(s, c), { audience: s.victim.owner.vaultId });
      request.headers.set("metavault-id", "signals");
      return request;
    },
  ],
  ["of long ago", atDoor, (s, c) => signed(s, c, own(s, c), { nowMs: Date.now() - hour })],
  ["of the future", atDoor, (s, c) => signed(s, c, own(s, c), { nowMs: Date.now() + hour })],
  [
    "for another origin",
    atDoor,
    (s, c) => signed(s, c, own(s, c), { origin: "https://evil.example" }),
  ],
  [
    "with another body",
    atDoor,
    async (s, c) => {
      const request = await signed(s, c, own(s, c));
      return { ...request, body: new Uint8Array([...request.body, 0x20]) };
    },
  ],
  [
    "without its proof",
    atDoor,
    async (s, c) => {
      const request = await signed(s, c, own(s, c));
      for (const name of ["signature", "signature-input"]) request.headers.delete(name);
      return request;
    },
  ],
  [
    "another publisher's series",
    beyond,
    (s, c) => signed(s, c, own(s, c), { series: seriesOf(otherThan(c.kind)) }),
  ],
];

const throughGateway = async ({ stack }: Stage, request: WireRequest): Promise<Outcome> =>
  outcomeOfResponse(await send(request, stack.baseUrl));

/** Sends a request as a gateway in wrong hands does: straight on, under the API's own name. */
const pastGateway = ({ stack }: Stage, { url, headers, body }: WireRequest): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const { pathname } = new URL(url);
    const sent = httpRequest(
      {
        host: "127.0.0.1",
        port: stack.ports.signals,
        path: pathname,
        method: "POST",
        headers: {
          ...Object.fromEntries(headers),
          host: new URL(stack.baseUrl).host,
          "content-length": String(body.length),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const fields = Object.entries(response.headers).flatMap(([name, value]) =>
            typeof value === "string" ? [[name, value] as [string, string]] : [],
          );
          const init = { status: response.statusCode ?? 0, headers: fields };
          resolve(outcomeOfResponse(new Response(Buffer.concat(chunks), init)));
        });
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });

const ways = [
  ["through the gateway", throughGateway],
  ["past the gateway", pastGateway],
] as const;

const own = (stage: Stage, { kind }: Cell): Signer => stage.serviceKeys[kind].signer;
const otherThan = (kind: KeyKind): KeyKind => keyKinds.find((other) => other !== kind) ?? kind;

/** A request that its publisher means, but for what is changed. */
function signed(
  stage: Stage,
  { rpc, protocol, kind }: Cell,
  signer: Signer,
  changes: {
    readonly audience?: string;
    readonly nowMs?: number;
    readonly origin?: string;
    readonly series?: string;
  } = {},
): Promise<WireRequest> {
  const { audience = "signals", nowMs = Date.now(), origin, series = seriesOf(kind) } = changes;
  const observation = { name: series, value: "1", observeTime: timestampFromMs(Date.now()) };
  const message = rpc.reads ? {} : { requestId: requestId(), observations: [observation] };
  const plain = unsigned(stage, rpc, protocol, message as never, origin);
  return signRequest(plain, { signer, vaultId: audience, nowMs });
}

/** All that publishing changes, as text. */
function publishedIn(stack: Stack): Promise<string> {
  return withPostgres(stack.databaseUrl, async (sql) =>
    JSON.stringify([
      await sql("SELECT count(*), max(round) FROM published_round"),
      await sql("SELECT count(*) FROM publisher_request"),
      await sql("SELECT count(*), sum(fetch_ms) FROM observation"),
    ]),
  );
}
