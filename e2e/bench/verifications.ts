/**
 * What the verification of a proof costs by itself, for each kind of key.
 *
 * A Worker that does nothing else verifies one proof a request, or the same proof many times:
 * the difference is the verification without HTTP, since a Worker's own clock stands still
 * while it computes.
 */
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { ethereumSigner, generateEd25519Signer, generateP256Signer } from "#protocol/proof/signer";
import { signedCall } from "../scenario/raw-call.ts";
import type { Stack } from "../stack/stack.ts";
import type { Case } from "./case.ts";
import { percentile } from "./load.ts";

/** What one verification costs, beside what was aimed at. */
export type ProofCost = {
  readonly algorithm: string;
  /** Of one verification: the time of many in one request, less that of one, each. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly aimMs: number;
  readonly p50Met: boolean;
  readonly p99Met: boolean;
};

const aims = { "P-256": 0.5, Ed25519: 0.5, "EIP-191": 3 } as const;
type Algorithm = keyof typeof aims;
const algorithms = Object.keys(aims) as Algorithm[];
const many = 20;

const nameOf = (algorithm: Algorithm, times: number) =>
  times === 1 ? `verify ${algorithm}` : `verify ${algorithm}, ${times} times`;

/** The cases: one verification a request and many, for each kind of key. */
export async function verificationCases(stack: Stack): Promise<Case[]> {
  const url = `http://127.0.0.1:${stack.ports.direct}`;
  const vaultId = `eip155:1:0x${"1".repeat(40)}`;
  const signers = {
    "P-256": await generateP256Signer(),
    Ed25519: await generateEd25519Signer(),
    "EIP-191": ethereumSigner(1, new Uint8Array(32).fill(7)),
  };
  const shot = async (algorithm: Algorithm, times: number) => {
    const request = await signedCall(
      { ...stack, baseUrl: url },
      "metavault.vault.v1.VaultService/GetVault",
      GetVaultRequestSchema,
      { name: `vaults/${vaultId}` },
      { signer: signers[algorithm], vaultId },
    );
    const headers = { ...Object.fromEntries(request.headers), "bench-times": String(times) };
    return { url: request.url, headers, body: request.body };
  };
  return algorithms.flatMap((algorithm) =>
    [1, many].map((times) => ({
      name: nameOf(algorithm, times),
      floor: "hello Worker",
      atOnce: times === 1 ? 8 : 1,
      shots: (count: number) =>
        Promise.all(Array.from({ length: count }, () => shot(algorithm, times))),
    })),
  );
}

/** Reads what one verification costs out of the cases' times. */
export function proofCosts(samples: ReadonlyMap<string, readonly number[]>): ProofCost[] {
  return algorithms.map((algorithm) => {
    const single = percentile(samples.get(nameOf(algorithm, 1)) ?? [], 0.5);
    const each = (samples.get(nameOf(algorithm, many)) ?? []).map(
      (ms) => (ms - single) / (many - 1),
    );
    const [p50Ms, p99Ms] = [percentile(each, 0.5), percentile(each, 0.99)];
    const aimMs = aims[algorithm];
    return {
      algorithm,
      p50Ms,
      p99Ms,
      aimMs,
      p50Met: p50Ms <= aimMs,
      p99Met: p99Ms <= aimMs,
    };
  });
}

/** The table, for people. */
export function proofTable(costs: readonly ProofCost[]): string {
  const met = (is: boolean) => (is ? "met" : "missed").padStart(8);
  const rows = costs.map(
    ({ algorithm, p50Ms, p99Ms, aimMs, p50Met, p99Met }) =>
      `${algorithm.padEnd(26)}${p50Ms.toFixed(3).padStart(9)}${p99Ms.toFixed(3).padStart(9)}${aimMs.toFixed(1).padStart(9)}${met(p50Met)}${met(p99Met)}`,
  );
  const head = `${"one verification".padEnd(26)}${"p50 ms".padStart(9)}${"p99 ms".padStart(9)}${"aim ms".padStart(9)}${"p50".padStart(8)}${"p99".padStart(8)}`;
  return [head, ...rows].join("\n");
}
