/** Two bundlers with a mempool each, which lose, drop, refuse and lie. */
import type { Outcome } from "../../src/account/node.ts";
import type { UserOperation } from "../../src/execution/user-operation.ts";
import type { Random } from "../random.ts";
import type { KnownOperation, ModelChain } from "./chain.ts";
import type { ExecutionFaults } from "./faults.ts";

/** Answers of bundlers that may be lies: each is one that real ones give. */
const refusals = [
  "AA25 invalid account nonce",
  "AA23 reverted",
  "AA10 sender already constructed",
  "AA21 didn't pay prefund",
  "replacement transaction underpriced",
] as const;

export class ModelBundlers {
  readonly #chain: ModelChain;
  readonly #random: Random;
  readonly #faults: () => ExecutionFaults;
  readonly #hashOf: (operation: UserOperation) => KnownOperation["hash"];
  readonly #pools = [new Map<string, UserOperation>(), new Map<string, UserOperation>()] as const;

  constructor(
    chain: ModelChain,
    random: Random,
    faults: () => ExecutionFaults,
    hashOf: (operation: UserOperation) => KnownOperation["hash"],
  ) {
    this.#chain = chain;
    this.#random = random;
    this.#faults = faults;
    this.#hashOf = hashOf;
  }

  /** One answer of bundler 0 or 1. */
  answer(which: number, method: string, params: readonly unknown[]): Outcome<unknown> {
    const faults = this.#faults();
    if (this.#random.chance(faults.bundlerFails)) return { kind: "retry", reason: "unreachable" };
    switch (method) {
      case "pimlico_getUserOperationGasPrice": {
        const fee = this.#random.chance(faults.bundlerLies) ? "0x1" : "0x70";
        return { kind: "ok", value: { fast: { maxFeePerGas: fee, maxPriorityFeePerGas: fee } } };
      }
      case "eth_estimateUserOperationGas": {
        const gas = { callGasLimit: "0x3e8", verificationGasLimit: "0x3e8" };
        return { kind: "ok", value: { ...gas, preVerificationGas: "0x3e8" } };
      }
      case "eth_sendUserOperation":
        return this.#send(which, params[0] as UserOperation, faults);
      default:
        throw new Error(`the model knows no ${method}`);
    }
  }

  #send(which: number, operation: UserOperation, faults: ExecutionFaults): Outcome<unknown> {
    const hash = this.#hashOf(operation);
    const lies = this.#random.chance(faults.bundlerLies);
    if (lies && this.#random.chance(0.4)) return refusal(this.#random.pick(refusals));
    if (lies && this.#random.chance(0.3)) return refusal("already known");
    if (this.#chain.withNonce(operation.nonce) !== undefined) return refusal(refusals[0]);
    const deploys = operation.factory !== undefined;
    if (deploys && this.#chain.isDeployed()) return refusal(refusals[2]);
    const pool = this.#pools[which] ?? this.#pools[0];
    const before = pool.get(operation.nonce);
    if (before !== undefined && this.#hashOf(before) === hash) return refusal("already known");
    if (before !== undefined && !replaces(operation, before)) return refusal(refusals[4]);
    pool.set(operation.nonce, operation);
    this.include({ hash, operation }, faults);
    if (this.#random.chance(faults.answerLost)) return { kind: "retry", reason: "timeout" };
    return { kind: "ok", value: lies ? "0x99" : hash };
  }

  /** Has an operation included some time, or never. */
  include(known: KnownOperation, faults: ExecutionFaults): void {
    if (this.#random.chance(faults.dropped)) return;
    const most = this.#random.chance(0.8) ? 3 : 60;
    this.#chain.queue(known, this.#chain.head + this.#random.int(1, most));
  }

  /** Mempools forget: what is sent again is taken again. */
  forget(): void {
    for (const pool of this.#pools) pool.clear();
  }
}

function replaces(operation: UserOperation, before: UserOperation): boolean {
  const dearer = (field: "maxFeePerGas" | "maxPriorityFeePerGas") =>
    BigInt(operation[field]) * 10n >= BigInt(before[field]) * 11n;
  return dearer("maxFeePerGas") && dearer("maxPriorityFeePerGas");
}

function refusal(reason: string): Outcome<never> {
  return { kind: "final", reason, code: -32_500, data: undefined };
}
