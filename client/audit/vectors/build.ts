/**
 * Builds the published vectors of exports: one that holds, what can be done to it, and what must be
 * found. For those who write a verifier in another language.
 */
import { vaultName } from "#protocol/names";
import { linesOf } from "../lines.ts";
import type { Problem } from "../problem.ts";
import { verifyAudit } from "../verify-audit.ts";
import {
  accepted,
  claimed,
  fired,
  granted,
  revokedOwn,
  rotated,
  rotatedOwners,
  submitted,
} from "./steps.ts";
import {
  attestation,
  identity,
  noteOf,
  type Step,
  signerOf,
  writeExport,
  writeLedger,
} from "./write-ledger.ts";

/** A file, and what a verifier must find. */
export type AuditVector = {
  readonly name: string;
  /** The file's lines, by their place in `lines`; each ended by a line feed unless `cut`. */
  readonly file: readonly number[];
  /** Whether the last line has no end. */
  readonly cut: boolean;
  /** The checkpoint from elsewhere that it is compared with; empty for none. */
  readonly checkpoint: string;
  /** What is found, by kind, with the entry where it is about one. Empty: it holds. */
  readonly problems: readonly Pick<Problem, "code" | "sequence">[];
};

const vault = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const other = "eip155:1:0x2b5ad5c4795c026514f8317c7a215e218dccd6cf";
const name = vaultName(vault);
const device = signerOf("p256", 1);
const agent = signerOf("ed25519", 2);
const wallet = signerOf("eip155", 3);

const life: readonly Step[] = [
  claimed(name, device),
  fired(name, "f1"),
  granted(name, device, agent),
  granted(name, device, wallet),
  submitted(name, agent, "e1"),
  submitted(name, wallet, "e2"),
  rotated(name, device),
  accepted(name, agent),
  revokedOwn(name, agent),
  rotatedOwners(name, device),
];

/** Builds the document. */
export async function buildAuditVectors() {
  const entries = await writeLedger(vault, life);
  const lines = linesIn(await writeExport(vault, entries));
  const others = linesIn(await writeExport(other, await writeLedger(other, life)));
  const late = await noteOf(vault, entries);
  const early = await noteOf(vault, entries.slice(0, 6));
  const forkedLedger = await writeLedger(vault, [...life.slice(0, 5), fired(name, "other")]);
  const forked = await noteOf(vault, forkedLedger);
  const short = linesIn(await writeExport(vault, entries.slice(0, 6)));
  const lying = async (more: readonly Step[]) =>
    linesIn(await writeExport(vault, await writeLedger(vault, [...life.slice(0, 1), ...more])));
  const proofOf = (line: string) => line.slice(line.indexOf(',"proof":'));
  const at = (index: number, change: (line: string) => string) =>
    lines.map((line, i) => (i === index ? change(line) : line));

  const cases: readonly (readonly [string, readonly string[], string?, boolean?])[] = [
    ["as the vault wrote it", lines],
    ["with an earlier checkpoint", lines, early],
    ["an earlier export", short],
    ["an earlier export with a later checkpoint", short, late],
    ["with a checkpoint of another history", lines, forked],
    ["a changed fact", at(5, (line) => line.replace("transfer", "transfers"))],
    ["a changed time", at(5, (line) => line.replace(/"timeMs":(\d+)/, '"timeMs":1800000004001'))],
    ["a removed entry", lines.filter((_, i) => i !== 5)],
    ["an entry twice", lines.flatMap((line, i) => (i === 5 ? [line, line] : [line]))],
    ["two entries swapped", lines.map((line, i) => lines[i === 5 ? 6 : i === 6 ? 5 : i] ?? line)],
    ["its last entries removed", [...lines.slice(0, -3), lines.at(-1) ?? ""]],
    ["no checkpoint", lines.slice(0, -1)],
    ["a cut last line", lines, "", true],
    ["a proof removed", at(5, (line) => `${line.slice(0, line.indexOf(',"proof":'))}}`)],
    [
      "the proof of another call",
      at(5, (line) => line.replace(proofOf(line), proofOf(lines[6] ?? ""))),
    ],
    ["an entry of another vault", lines.map((line, i) => (i === 5 ? (others[i] ?? "") : line))],
    ["another vault's certificate", [others[0] ?? "", ...lines.slice(1)]],
    ["a line in another spelling", at(5, (line) => line.replace(":5", ": 5"))],
    ["a key that was never granted", await lying([submitted(name, agent, "e")])],
    [
      "a key that was revoked",
      await lying([
        granted(name, device, agent),
        revokedOwn(name, agent),
        submitted(name, agent, "e"),
      ]),
    ],
    [
      "a grant without the owners' consent",
      await lying([{ ...granted(name, device, agent), act: undefined } as unknown as Step]),
    ],
  ];
  const all = [...new Set(cases.flatMap(([, file]) => file))];
  const vectors: AuditVector[] = [];
  for (const [what, lines, checkpoint = "", cut = false] of cases) {
    const file = lines.map((line) => all.indexOf(line));
    const problems = await problemsOf(lines, cut, checkpoint);
    vectors.push({ name: what, file, cut, checkpoint, problems });
  }
  const { keyId: identityKeyId } = identity;
  return { identityKeyId, attestationKeyId: attestation.keyId, lines: all, vectors };
}

/** What the verifier finds in a file. */
async function problemsOf(lines: readonly string[], cut: boolean, checkpoint: string) {
  const bytes = new TextEncoder().encode(lines.join("\n") + (cut ? "" : "\n"));
  const options = checkpoint === "" ? {} : { checkpoint };
  const { problems } = await verifyAudit(linesOf([bytes]), options);
  return problems.map(({ code, sequence }) => ({
    code,
    ...(sequence === undefined ? {} : { sequence }),
  }));
}

function linesIn(text: string): readonly string[] {
  return text.split("\n").slice(0, -1);
}
