import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { vaultName } from "#protocol/names";
import type { AuditEntry } from "./audit-file.ts";
import { linesOf } from "./lines.ts";
import * as steps from "./vectors/steps.ts";
import {
  attestation,
  identity,
  noteOf,
  type Step,
  signerOf,
  startMs,
  writeExport,
  writeLedger,
} from "./vectors/write-ledger.ts";
import { type AuditOptions, verifyAudit } from "./verify-audit.ts";

const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const otherId = "eip155:1:0x2b5ad5c4795c026514f8317c7a215e218dccd6cf";
const name = vaultName(vaultId);
const device = signerOf("p256", 1);
const agent = signerOf("ed25519", 2);
const wallet = signerOf("eip155", 3);

const check = (text: string | Uint8Array, options?: AuditOptions) =>
  verifyAudit(linesOf([typeof text === "string" ? new TextEncoder().encode(text) : text]), options);
const codesOf = async (text: string, options?: AuditOptions) => [
  ...new Set((await check(text, options)).problems.map(({ code }) => code)),
];
const exported = async (life: readonly Step[], of = vaultId) =>
  writeExport(of, await writeLedger(of, life));

const life = [
  steps.claimed(name, device),
  steps.fired(name, "f1"),
  steps.granted(name, device, agent),
  steps.granted(name, device, wallet),
  steps.submitted(name, agent, "e1"),
  steps.submitted(name, wallet, "e2"),
  steps.rotated(name, device),
  steps.accepted(name, agent),
  steps.revokedOwn(name, agent),
];

describe("an export", () => {
  test("of what happened is verified, with three kinds of keys", async () => {
    const report = await check(await exported(life), { trust: [attestation.keyId] });
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({
      verified: true,
      entries: 10,
      calls: 8,
      unproved: 1,
      uncheckedConsents: 0,
      trusted: "attestation",
    });
  });

  test("is trusted by whom the verifier trusts", async () => {
    const text = await exported(life);
    expect(await check(text)).toMatchObject({ verified: true, trusted: "none" });
    const byIdentity = await check(text, { trust: [identity.keyId] });
    expect(byIdentity).toMatchObject({ verified: true, trusted: "identity" });
    expect(await codesOf(text, { trust: [agent.keyId] })).toEqual(["untrusted"]);
  });

  test("is compared with a checkpoint from elsewhere", async () => {
    const entries = await writeLedger(vaultId, life);
    const text = await writeExport(vaultId, entries);
    const short = await writeExport(vaultId, entries.slice(0, 6));
    const early = await noteOf(vaultId, entries.slice(0, 6));
    const late = await noteOf(vaultId, entries);
    expect(await codesOf(text, { checkpoint: early })).toEqual([]);
    expect(await codesOf(text, { checkpoint: late })).toEqual([]);
    // A whole export of an earlier time is whole, but for a later checkpoint.
    expect(await codesOf(short)).toEqual([]);
    expect(await codesOf(short, { checkpoint: late })).toEqual(["checkpoint_size"]);
    const another = await writeLedger(vaultId, [...life.slice(0, 5), steps.fired(name, "other")]);
    const forked = await noteOf(vaultId, another);
    expect(await codesOf(text, { checkpoint: forked })).toEqual(["checkpoint_head"]);
    expect(await codesOf(text, { checkpoint: "no note" })).toEqual(["checkpoint_signature"]);
  });

  const noAct = (step: Step): Step => {
    const { act: _, ...rest } = step;
    return rest;
  };
  test.each<[string, readonly Step[], readonly string[]]>([
    ["a key that was never granted", [steps.submitted(name, agent, "e")], ["key_unknown"]],
    [
      "a key that was revoked",
      [
        steps.granted(name, device, agent),
        steps.revokedOwn(name, agent),
        steps.submitted(name, agent, "e"),
      ],
      ["key_revoked"],
    ],
    [
      "a revoked key that carries the owners' consent",
      [
        steps.granted(name, device, agent),
        steps.revokedOwn(name, agent),
        steps.granted(name, agent, wallet),
      ],
      ["key_revoked"],
    ],
    [
      "a key whose grant was over",
      [
        steps.granted(name, device, agent, undefined, 2500),
        steps.fired(name, "f"),
        steps.submitted(name, agent, "e"),
      ],
      ["key_expired"],
    ],
    [
      "a key without the scope",
      [steps.granted(name, device, agent, "VAULT_READ"), steps.submitted(name, agent, "e")],
      ["scope_missing"],
    ],
    [
      "a key of an earlier authority",
      [steps.rotatedOwners(name, device), steps.submitted(name, device, "e")],
      ["key_revoked"],
    ],
    [
      "a grant without the owners' consent",
      [noAct(steps.granted(name, device, agent))],
      ["consent_missing"],
    ],
    [
      "a grant that nobody called for",
      [{ entries: steps.granted(name, device, agent).entries }],
      ["proof_missing"],
    ],
    [
      "a method that the contract does not have",
      [{ ...steps.submitted(name, device, "e"), method: "metavault.vault.v1.VaultService/Steal" }],
      ["method_unknown"],
    ],
  ])("by a lying vault shows %s", async (_, more, codes) => {
    expect(await codesOf(await exported([steps.claimed(name, device), ...more]))).toEqual(codes);
  });

  test("by a lying vault shows a proof that is used again", async () => {
    const entries = await writeLedger(vaultId, life);
    const again = entries[4]?.proof;
    const forged = await relink(entries, (entry) =>
      entry.sequence === 6 ? { ...entry, proof: again } : entry,
    );
    // The same call may have caused both; but not with another between them.
    expect((await check(await writeExport(vaultId, forged))).calls).toBe(7);
    const apart = await relink(entries, (entry) =>
      entry.sequence === 9 ? { ...entry, proof: again } : entry,
    );
    expect(await codesOf(await writeExport(vaultId, apart))).toContain("proof_reused");
  });

  test("by a lying vault shows a proof for another vault, of another time, by nobody", async () => {
    const entries = await writeLedger(vaultId, life);
    const others = await writeLedger(otherId, life);
    const proofOf = (proof: AuditEntry["proof"]) =>
      relink(entries, (entry) => (entry.sequence === 5 ? { ...entry, proof } : entry));
    const swapped = await proofOf(others[4]?.proof);
    expect(await codesOf(await writeExport(vaultId, swapped))).toEqual(["proof_vault"]);
    const own = entries[4]?.proof;
    if (own === undefined) throw new Error("a call has a proof");
    const signature = new Uint8Array(own.signature);
    signature[5] = (signature[5] ?? 0) ^ 1;
    const unsigned = await proofOf({ ...own, signature });
    expect(await codesOf(await writeExport(vaultId, unsigned))).toEqual(["proof_signature"]);
    const late = await relink(entries, (entry) => ({ ...entry, timeMs: startMs + 3_600_000 }));
    expect(await codesOf(await writeExport(vaultId, late))).toContain("proof_time");
  });
});

/** Changes entries as the vault itself could: every hash is right again afterwards. */
async function relink(entries: readonly AuditEntry[], change: (entry: AuditEntry) => AuditEntry) {
  const { entryHash, genesisHash } = await import("#protocol/ledger/entry-hash");
  const { callProofDigest } = await import("#protocol/ledger/call-proof");
  let previousHash = genesisHash;
  return entries.map((old) => {
    const entry = { ...change(old), previousHash };
    const hash = entryHash({ ...entry, proofDigest: entry.proof && callProofDigest(entry.proof) });
    previousHash = hash;
    return { ...entry, hash };
  });
}

/** A life that a vault could have had: what comes next depends on which keys may act. */
const lives = fc.array(fc.nat(99), { minLength: 2, maxLength: 9 }).map((choices) => {
  const steady = signerOf("ed25519", 1);
  const written: Step[] = [steps.claimed(name, steady)];
  const alive = new Map<string, ReturnType<typeof signerOf>>();
  let next = 10;
  for (const [index, choice] of choices.entries()) {
    const keys = [steady, ...alive.values()];
    const by = keys[choice % keys.length] ?? steady;
    switch (choice % 7) {
      case 0:
        written.push(steps.fired(name, `f${index}`));
        break;
      case 1: {
        const kinds = ["p256", "ed25519", "eip155"] as const;
        const key = signerOf(kinds[choice % 3] ?? "p256", next++);
        alive.set(key.keyId, key);
        written.push(steps.granted(name, by, key));
        break;
      }
      case 2:
        if (by !== steady) {
          alive.delete(by.keyId);
          written.push(steps.revokedOwn(name, by));
        }
        break;
      case 3:
        written.push(steps.rotated(name, by));
        break;
      case 4:
        written.push(steps.accepted(name, by));
        break;
      default:
        written.push(steps.submitted(name, by, `e${index}`));
    }
  }
  return written;
});

/** One change of a file, by two numbers. */
const mutations: readonly [string, (bytes: Uint8Array, a: number, b: number) => Uint8Array][] = [
  [
    "a changed byte",
    (bytes, a, b) =>
      bytes.map((byte, i) => (i === a % bytes.length ? byte ^ (1 + (b % 255)) : byte)),
  ],
  ["a cut end", (bytes, a) => bytes.subarray(0, a % bytes.length)],
  ["a byte left out", (bytes, a) => bytes.filter((_, i) => i !== a % bytes.length)],
  ["a line left out", byLines((lines, a) => lines.filter((_, i) => i !== a % lines.length))],
  [
    "a line twice",
    byLines((lines, a) =>
      lines.flatMap((line, i) => (i === a % lines.length ? [line, line] : [line])),
    ),
  ],
  [
    "two lines swapped",
    byLines((lines, a, b) => {
      const [i, j] = [a % lines.length, b % lines.length];
      return lines.map((line, k) => (k === i ? lines[j] : k === j ? lines[i] : line) ?? line);
    }),
  ],
  [
    "the entries of the end left out",
    byLines((lines, a) => {
      const kept = 1 + (a % (lines.length - 2));
      return [...lines.slice(0, kept), lines.at(-1) ?? ""];
    }),
  ],
  [
    "two proofs swapped",
    byLines((lines, a, b) => {
      const proved = lines.flatMap((line, i) => (line.includes(',"proof":') ? [i] : []));
      const [i = 0, j = 0] = [proved[a % proved.length], proved[b % proved.length]];
      const parts = (k: number) => (lines[k] ?? "").split(',"proof":');
      return lines.map((line, k) =>
        k === i
          ? [parts(i)[0], parts(j)[1]].join(',"proof":')
          : k === j
            ? [parts(j)[0], parts(i)[1]].join(',"proof":')
            : line,
      );
    }),
  ],
  [
    "a proof left out",
    byLines((lines, a) => {
      const proved = lines.flatMap((line, i) => (line.includes(',"proof":') ? [i] : []));
      const at = proved[a % proved.length];
      return lines.map((line, k) => (k === at ? `${line.split(',"proof":')[0]}}` : line));
    }),
  ],
];

function byLines(change: (lines: readonly string[], a: number, b: number) => readonly string[]) {
  return (bytes: Uint8Array, a: number, b: number) => {
    const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
    return new TextEncoder().encode(
      change(lines, a, b)
        .map((line) => `${line}\n`)
        .join(""),
    );
  };
}

describe("a random life", () => {
  const runs = Number(process.env.AUDIT_RUNS ?? 4);
  const random = () =>
    fc.asyncProperty(
      lives,
      fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 1 }),
      async (life, numbers) => {
        const bytes = new TextEncoder().encode(await exported(life));
        const whole = await check(bytes);
        expect(whole.problems).toEqual([]);
        const late = await noteOf(vaultId, await writeLedger(vaultId, life));
        expect((await check(bytes, { checkpoint: late })).verified).toBe(true);
        for (const [what, change] of mutations) {
          for (const [a, b] of numbers) {
            const changed = change(bytes, a, b);
            if (Buffer.compare(Buffer.from(changed), Buffer.from(bytes)) === 0) continue;
            expect(await check(changed), what).toMatchObject({ verified: false });
          }
        }
      },
    );

  test("is verified as it is, and after no single change", async () => {
    await fc.assert(random(), { numRuns: runs });
  }, 600_000);

  test("is not verified with another vault's entries", async () => {
    const splice = fc.asyncProperty(lives, fc.nat(), async (life, at) => {
      const own = (await exported(life)).split("\n");
      const other = (await exported(life, otherId)).split("\n");
      const cut = 1 + (at % (own.length - 2));
      const spliced = [...own.slice(0, cut), ...other.slice(cut)].join("\n");
      expect((await check(spliced)).verified).toBe(false);
      const one = own.map((line, i) => (i === cut ? (other[i] ?? "") : line)).join("\n");
      expect((await check(one)).verified).toBe(false);
    });
    await fc.assert(splice, { numRuns: runs });
  }, 600_000);
});
