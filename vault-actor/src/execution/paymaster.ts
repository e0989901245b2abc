/**
 * Has an ERC-7677 service pay an operation's fee.
 *
 * The service is not trusted: what it gives are the operation's four paymaster fields and
 * nothing else, within bounds. The fee counts against the policy's limits as if the session's
 * account paid it.
 */
import { type Hex, toHex } from "viem";
import type { Address } from "#protocol/names";
import type { Outcome, Rpc } from "../account/node.ts";
import type { ChainAccess } from "./chain-access.ts";
import type { UserOperation } from "./user-operation.ts";

/** The fields with which a paymaster pays an operation. */
export type PaymasterFields = {
  readonly paymaster: Address;
  readonly paymasterData: Hex;
  readonly paymasterVerificationGasLimit: Hex;
  readonly paymasterPostOpGasLimit: Hex;
};

/** The most gas that a paymaster may have for each of its two steps. */
const maxGas = 1_000_000n;

/** The longest data of a paymaster, in bytes. */
const maxDataBytes = 4_096;

/** What a service's verification may need when it does not say. */
const usualVerificationGas = toHex(150_000n);

/** Asks for fields of the right shape, for estimates. `isFinal`: they are good to send too. */
export async function stubFields(
  access: Pick<ChainAccess, "chain" | "paymaster">,
  operation: UserOperation,
): Promise<Outcome<{ readonly fields: PaymasterFields; readonly isFinal: boolean }>> {
  const answer = await ask(access, "pm_getPaymasterStubData", operation);
  if (answer.kind !== "ok") return answer;
  const fields = readFields(answer.value, { paymasterVerificationGasLimit: usualVerificationGas });
  if (fields === undefined) return { kind: "retry", reason: "the paymaster's answer is not one" };
  return { kind: "ok", value: { fields, isFinal: answer.value?.isFinal === true } };
}

/**
 * Asks the service to pay for exactly this operation. Each other fee or call needs a consent of
 * its own, a replacement's too.
 */
export async function sponsored(
  access: Pick<ChainAccess, "chain" | "paymaster">,
  operation: UserOperation,
): Promise<Outcome<UserOperation>> {
  const answer = await ask(access, "pm_getPaymasterData", operation);
  if (answer.kind !== "ok") return answer;
  const fields = readFields(answer.value, operation);
  if (fields === undefined) return { kind: "retry", reason: "the paymaster's answer is not one" };
  return { kind: "ok", value: { ...operation, ...fields } };
}

async function ask(
  { chain, paymaster }: Pick<ChainAccess, "chain" | "paymaster">,
  method: string,
  operation: UserOperation,
): Promise<Outcome<Record<string, unknown> | null>> {
  const service: Rpc | undefined = paymaster;
  if (service === undefined || chain.paymaster === undefined) {
    return { kind: "final", reason: "no paymaster is configured", code: 0, data: undefined };
  }
  const { context } = chain.paymaster;
  return service(method, [operation, chain.entryPoint, toHex(chain.chainId), context]);
}

/** Reads the fields. Limits that the service leaves out are those of `before`. */
function readFields(
  answer: Record<string, unknown> | null,
  before: Partial<PaymasterFields>,
): PaymasterFields | undefined {
  const { paymaster, paymasterData = "0x" } = answer ?? {};
  const verification =
    answer?.paymasterVerificationGasLimit ?? before.paymasterVerificationGasLimit;
  const after = answer?.paymasterPostOpGasLimit ?? before.paymasterPostOpGasLimit ?? "0x0";
  if (typeof paymaster !== "string" || !/^0x[0-9a-f]{40}$/i.test(paymaster)) return undefined;
  if (!isBytes(paymasterData) || !isGas(verification) || !isGas(after)) return undefined;
  return {
    paymaster: paymaster.toLowerCase() as Address,
    paymasterData,
    paymasterVerificationGasLimit: verification,
    paymasterPostOpGasLimit: after,
  };
}

function isBytes(value: unknown): value is Hex {
  if (typeof value !== "string" || value.length > 2 + 2 * maxDataBytes) return false;
  return /^0x([0-9a-f]{2})*$/i.test(value);
}

function isGas(value: unknown): value is Hex {
  return typeof value === "string" && /^0x[0-9a-f]{1,8}$/i.test(value) && BigInt(value) <= maxGas;
}
