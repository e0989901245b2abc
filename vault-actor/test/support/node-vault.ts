/**
 * A whole vault and its notary in memory, without workerd: to be crashed, cut off from its
 * notary and put back to an earlier time at will.
 */
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { consentTo } from "#client/owner";
import { createVaultClient } from "#client/vault-client";
import type { Act, Consent } from "#protocol/acts/act";
import type { Fetch } from "#protocol/dial";
import type { Signer } from "#protocol/proof/signer";
import { parseRelyingParty } from "../../src/identity/passkey.ts";
import { importAttestationKey, pairAttestation } from "../../src/keyring/attestation.ts";
import { importKek } from "../../src/keyring/kek.ts";
import { createNotaryMac } from "../../src/keyring/notary-mac.ts";
import { createNotary } from "../../src/notary/notary.ts";
import { streamCounts } from "../../src/stream/registry.ts";
import type { Telemetry } from "../../src/telemetry/telemetry.ts";
import type { VaultRuntime } from "../../src/vault-parts.ts";
import { composeVault } from "../../src/vault-runtime.ts";
import { nodeDatabase } from "./node-database.ts";
import { attestationKey, attestationKeyId } from "./test-attestation.ts";
import { testChain } from "./test-chain.ts";

const origin = "https://api.metavault.example";
const chainId = 31_337;

/** What becomes of a call to the notary. `lost`: it arrives, and its answer does not. */
export type Line = "up" | "down" | "lost";

/** A call as it was sent. */
export type Sent = { readonly url: string; readonly init: RequestInit };

export class NodeVault {
  readonly db = nodeDatabase();
  readonly notaryDb = nodeDatabase();
  readonly #owner = privateKeyToAccount(generatePrivateKey());
  readonly vaultId = `eip155:${chainId}:${this.#owner.address.toLowerCase()}`;
  readonly name = `vaults/${this.vaultId}`;
  readonly faults: string[] = [];
  nowMs = 1_800_000_000_000;
  line: Line = "up";
  alarmMs: number | null = null;
  /** What the chain's nodes and bundlers answer. Nothing unless it is set. */
  chain: ((method: string, params: readonly unknown[]) => unknown) | undefined;
  /** What answers a URL of the web. Asked before the chain. */
  web: ((url: string, init: RequestInit) => Response | undefined) | undefined;
  /** The signals service. Down unless it is set, before the vault runs. */
  signals: { readonly feedKeyId: string; readonly fetch: Fetch } = {
    feedKeyId: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    fetch: async () => new Response(null, { status: 503 }),
  };
  /** Where it tells of what it does. Nowhere unless it is set, before the vault runs. */
  telemetry: Telemetry | undefined;
  /** How often the notary was called. */
  calls = 0;
  #runtime: VaultRuntime | undefined;
  #ids = 0;

  readonly #keks = (async () => {
    const kek = await importKek(new Uint8Array(32).fill(7));
    return { current: 1, byVersion: new Map([[1, kek]]) };
  })();
  readonly #attestation = (async () => {
    const bytes = Uint8Array.from(atob(attestationKey), (char) => char.charCodeAt(0));
    return pairAttestation(await importAttestationKey(bytes), attestationKeyId);
  })();
  readonly #mac = createNotaryMac(() => this.#keks);
  readonly #notary = createNotary({
    db: this.notaryDb,
    vaultId: this.vaultId,
    verify: this.#mac.verify,
  });

  readonly #callNotary = async (request: Request): Promise<Response> => {
    this.calls += 1;
    if (this.line === "down") throw new Error("unreachable");
    const answer = await this.#notary(request);
    if (this.line === "lost") throw new Error("the answer was lost");
    return answer;
  };

  /** Ends what runs: only storage is left. */
  crash(): void {
    this.#runtime = undefined;
  }

  get runtime(): VaultRuntime {
    this.#runtime ??= composeVault({
      db: this.db,
      alarm: {
        get: async () => this.alarmMs,
        set: (atMs) => {
          this.alarmMs = atMs;
        },
      },
      settings: {
        origins: new Set([origin]),
        feedKeyId: this.signals.feedKeyId,
        chains: new Map([[chainId, testChain(chainId)]]),
        keks: () => this.#keks,
        notaryMac: this.#mac,
        attestation: () => this.#attestation,
        issuer: origin,
        relyingParty: parseRelyingParty("", ""),
        codeVersion: "test",
        streams: { ...streamCounts, heartbeatMs: 25_000, leaseMs: 900_000 },
      },
      signals: (request) => this.signals.fetch(request),
      notary: (_, request) => this.#callNotary(request),
      outside: async (url, init) => {
        const answer = this.web?.(url, init);
        if (answer !== undefined) return answer;
        if (this.chain === undefined) return new Response(null, { status: 503 });
        const { method, params } = JSON.parse(String(init.body));
        return Response.json({ jsonrpc: "2.0", id: 1, result: this.chain(method, params) });
      },
      isOwnId: (id) => id === this.vaultId,
      now: () => this.nowMs,
      timer: (ms, run) => {
        // Only what asks to be called at once is: time stands still otherwise.
        if (ms === 0) queueMicrotask(run);
        return () => {};
      },
      random: () => 0,
      newId: () => `id${this.#ids++}`,
      telemetry: this.telemetry,
      onFault: (where, fault) => this.faults.push(`${where}: ${fault}`),
    });
    return this.#runtime;
  }

  /** A client of the vault, and what it sent last, to be sent again. */
  clientOf(signer: Signer) {
    const sent: Sent[] = [];
    const client = createVaultClient(origin, {
      vaultId: this.vaultId,
      signer,
      attestationKeyIds: [attestationKeyId],
      now: () => this.nowMs,
      fetch: (url, { method, headers, body }) => {
        const init = { method, headers, body } as RequestInit;
        sent.push({ url, init });
        return this.runtime.fetch(new Request(url, init));
      },
    });
    return { ...client, sent };
  }

  /** The owner's consent. */
  consent(build: (consent: Consent) => Act, epoch: number) {
    const options = { chainId, epoch: BigInt(epoch), nowMs: this.nowMs };
    return consentTo(this.#owner, build, options);
  }

  /** Lets the alarm come: now, or when it is set for. */
  async wake(): Promise<void> {
    this.nowMs = Math.max(this.nowMs, this.alarmMs ?? 0);
    await this.runtime.alarm();
  }

  /** Passes time. */
  wait(ms: number): void {
    this.nowMs += ms;
  }
}
