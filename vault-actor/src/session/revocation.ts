/**
 * Reads what an owner signed in advance to end a session's permission on chain, and checks that it
 * does exactly that. Pure: who signed it is asked of the account (`prove-revocation.ts`).
 *
 * What it can't promise: the fees are those of the day it was signed. An operation that offers too
 * little waits in no bundler; the owner signs a dearer one, with the same nonce, or sends it
 * straight to the entry point. The account itself pays, so it needs native coins.
 */
import { type Hex, isHex, size } from "viem";
import {
  disableCall,
  executeCall,
  killSwitchCall,
  revocationNonce,
} from "#protocol/account/revocation";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import type { Address } from "#protocol/names";
import { readCaveat } from "#protocol/permission/read-caveat";
import { ok, type Result } from "#protocol/result";
import type { EnforcementChain } from "./enforcement.ts";
import type { Permission } from "./session.ts";

/** An operation without factory and paymaster, in its JSON-RPC form. */
export type RevocationOperation = {
  readonly sender: Address;
  readonly nonce: Hex;
  readonly callData: Hex;
  readonly callGasLimit: Hex;
  readonly verificationGasLimit: Hex;
  readonly preVerificationGas: Hex;
  readonly maxFeePerGas: Hex;
  readonly maxPriorityFeePerGas: Hex;
  readonly signature: Hex;
};

/** A revocation that is kept. */
export type StoredRevocation = {
  readonly operation: RevocationOperation;
  readonly hash: Hex;
  /** When it was asked to be sent. */
  readonly wantedMs: number | undefined;
  /** When a bundler took it last. */
  readonly sentMs: number | undefined;
};

/** What a revocation must fit. */
export type RevocationFrame = {
  readonly sessionName: string;
  readonly vaultAccount: Address;
  readonly permission: Permission;
  readonly chain: EnforcementChain & { readonly delegationManager: Address };
};

const fields = [
  "sender",
  "nonce",
  "callData",
  "callGasLimit",
  "verificationGasLimit",
  "preVerificationGas",
  "maxFeePerGas",
  "maxPriorityFeePerGas",
  "signature",
] as const satisfies readonly (keyof RevocationOperation)[];

/** The most gas of one kind that an operation may ask for: several times what one needs. */
const maxGas = 20_000_000n;

/** Reads a revocation, or says why it is none for this session. */
export function readRevocation(
  text: string,
  frame: RevocationFrame,
): Result<RevocationOperation, Failure> {
  const parsed = parse(text);
  if (parsed === undefined) {
    return refused("form", "it must be an operation without factory and paymaster, all fields hex");
  }
  if (parsed.sender !== frame.vaultAccount) {
    return refused("sender", "its sender must be the vault's account");
  }
  const nonce = revocationNonce(frame.sessionName);
  if (BigInt(parsed.nonce) !== BigInt(nonce)) {
    return refused("nonce", `its nonce must be the session's own, ${nonce}`);
  }
  if (!callsOf(frame).includes(parsed.callData)) {
    return refused(
      "call_data",
      "it must disable exactly this session's permission, or all of them",
    );
  }
  const gas = [parsed.callGasLimit, parsed.verificationGasLimit, parsed.preVerificationGas];
  const isSane = gas.every((limit) => BigInt(limit) > 0n && BigInt(limit) <= maxGas);
  if (!isSane || BigInt(parsed.maxFeePerGas) < BigInt(parsed.maxPriorityFeePerGas)) {
    return refused("gas", "its gas limits and fees must be those of an operation");
  }
  return ok(parsed);
}

/** What it may do: disable the permission, or move the kill switch that the permission has. */
function callsOf({ permission, chain }: RevocationFrame): readonly Hex[] {
  const { delegationManager, enforcers } = chain;
  const disable = disableCall(permission);
  const { nonce } = enforcers;
  const isSwitched = permission.caveats.some(
    (caveat) => readCaveat(caveat, enforcers).kind === "nonce",
  );
  return [
    disable,
    executeCall(delegationManager, disable),
    ...(nonce === undefined || !isSwitched
      ? []
      : [executeCall(nonce, killSwitchCall(delegationManager))]),
  ].map((call) => call.toLowerCase() as Hex);
}

function parse(text: string): RevocationOperation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const given = Object.entries(value);
  const known: readonly string[] = fields;
  if (given.length !== fields.length || given.some(([name]) => !known.includes(name))) {
    return undefined;
  }
  const isHexText = (one: unknown) => isHex(one) && one.length <= 40_000;
  if (!given.every(([, one]) => isHexText(one))) return undefined;
  const operation = Object.fromEntries(
    given.map(([name, one]) => [name, String(one).toLowerCase()]),
  ) as RevocationOperation;
  const { sender, callData, signature, ...quantities } = operation;
  const isBytes = [sender, callData, signature].every((bytes) => bytes.length % 2 === 0);
  const areNumbers = Object.values(quantities).every((one) => one.length > 2 && size(one) <= 32);
  return isBytes && areNumbers ? operation : undefined;
}

function refused(cause: string, detail: string) {
  return refuse("PERMISSION_INVALID", `the revocation: ${detail}`, { cause });
}
