/**
 * All that can be seen of a vault, to tell whether an attack changed anything: what every
 * method that gets or lists says, the rows of its storage, and its account on chain.
 */
import { createHash } from "node:crypto";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  GetTriggerResponseSchema,
  ListTriggersResponseSchema,
} from "#gen/trigger/v1/trigger_messages";
import { GetPortfolioResponseSchema } from "#gen/vault/v1/portfolio";
import { signRequest } from "#protocol/proof/sign";
import type { Signer } from "#protocol/proof/signer";
import { balancesOf } from "../../scenario/owner.ts";
import { send } from "../../scenario/raw-call.ts";
import type { LiveVault } from "../../scenario/vault.ts";
import { pastTheDoor } from "../oracle.ts";
import { outcomeOfResponse, outcomeText } from "../outcome.ts";
import type { Rpc } from "../surface/rpcs.ts";
import { type Facts, sampleOf } from "../surface/sample.ts";
import { storedRows } from "./storage.ts";

/** What is to be seen, each with what it is. */
export type State = ReadonlyMap<string, string>;

// Certificates and checkpoints are made anew for whoever asks, asking has its cost, and every block
// has its prices: they are no state. The vault's own alarm records the portfolio.
const madeAnew = new Set([
  "GetCertificate",
  "GetCheckpoint",
  "GetUsage",
  "GetPortfolio",
  "ListPortfolioSnapshots",
]);

/** The methods that tell a vault's state. */
export function tellers(rpcs: readonly Rpc[]): readonly Rpc[] {
  return rpcs.filter(
    ({ access, method, reads, streams }) =>
      access.kind === "key" &&
      reads &&
      !streams &&
      /^(Get|List)/.test(method.name) &&
      !madeAnew.has(method.name),
  );
}

/** Looks at a vault, with a key that may read everything. */
export async function stateOf(
  vault: LiveVault,
  eyes: { readonly reader: Signer; readonly tellers: readonly Rpc[]; readonly file: string },
  facts: Facts,
): Promise<State> {
  const told = eyes.tellers.map(
    async (rpc) => [`${rpc.method.name}`, await ask(vault, rpc, eyes.reader, facts)] as const,
  );
  const { eth, usdc } = await balancesOf(vault.stack, vault.owner.smartAccount.address);
  const seen = [...(await Promise.all(told)), ["balances", `${eth} ${usdc}`] as const];
  return new Map([
    ...seen.map(([what, text]) => [`${what}: ${hash(text)}`, what] as const),
    ...storedState(eyes.file),
  ]);
}

/** Looks at what is stored of a vault, and at nothing else. */
export function storedState(file: string): State {
  const rows = storedRows(file).map(([table, row]) => [`a row of ${table}`, row] as const);
  return new Map(rows.map(([what, text]) => [`${what}: ${hash(text)}`, what] as const));
}

async function ask(vault: LiveVault, rpc: Rpc, reader: Signer, facts: Facts): Promise<string> {
  const { stack, owner } = vault;
  const request = {
    method: "POST",
    url: `${stack.ingressUrl}${rpc.path}`,
    headers: new Headers({ "content-type": "application/proto" }),
    body: new Uint8Array(toBinary(rpc.method.input, sampleOf(rpc.method.input, facts))),
  };
  const signing = { signer: reader, vaultId: owner.vaultId, nowMs: Date.now() };
  const outcome = await outcomeOfResponse(await send(await signRequest(request, signing)));
  if (outcome.kind === "served") return lasting(rpc, outcome.body);
  if (outcome.kind === "refused" && pastTheDoor.includes(outcome.reason)) return outcome.reason;
  throw new Error(`${rpc.name} does not tell the state: ${outcomeText(outcome)}`);
}

/** An answer without what moves on by itself: what the vault's own alarm saw, and what a block has. */
function lasting({ method }: Rpc, body: string): string {
  const bytes = Buffer.from(body, "base64");
  const rest = <T extends object>(trigger: T) => ({
    ...trigger,
    nextEvaluationTime: undefined,
    lastVerdict: undefined,
  });
  const text = (value: unknown) =>
    JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
  if (method.name === "GetTrigger") {
    return text(rest(fromBinary(GetTriggerResponseSchema, bytes).trigger ?? {}));
  }
  if (method.name === "ListTriggers") {
    return text(fromBinary(ListTriggersResponseSchema, bytes).triggers.map(rest));
  }
  if (method.name === "GetPortfolio") {
    // Each block has other prices, which are the chain's and no secret.
    const { trackedAssets, snapshotInterval } = fromBinary(GetPortfolioResponseSchema, bytes);
    return text({ trackedAssets, snapshotInterval });
  }
  return body;
}

/** What is there that was not. What a vault forgets by itself is no attacker's doing. */
export function difference(before: State, after: State): readonly string[] {
  const fresh = [...after].filter(([key]) => !before.has(key)).map(([, what]) => what);
  return [...new Set(fresh)];
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
