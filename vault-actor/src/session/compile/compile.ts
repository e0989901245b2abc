/**
 * Compiles a policy to the permission that the owner signs: the most that the session's key can
 * ever do, whoever holds it. Pure; the same input gives the same permission.
 *
 * As tight as the chain's enforcers allow, and never tighter than the policy but for what the
 * files beside this one say of themselves. What no enforcer can say stays the vault's alone:
 * `report.ts` tells which.
 */
import {
  createAllowedMethodsTerms,
  createAllowedTargetsTerms,
  createLogicalOrWrapperTerms,
  createNonceTerms,
  createRedeemerTerms,
  createTimestampTerms,
  ROOT_AUTHORITY,
} from "@metamask/delegation-core";
import { type Hex, keccak256, size, toHex } from "viem";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { Caveat, Permission } from "../session.ts";
import type { CompileFrame } from "./frame.ts";
import { type CallGroup, callGroups, transferWindow } from "./groups.ts";
import { plainSelector } from "./known-call.ts";
import { windowCaveats } from "./windows.ts";

/** What the contract lets a permission have. */
const max = { caveats: 32, terms: 16_384 } as const;

/** The permission of a policy, without a signature. Refuses a policy that allows no call. */
export function compilePermission(frame: CompileFrame): Result<Permission, Failure> {
  const { allowedTargets, allowedMethods } = frame.chain.enforcers;
  if (allowedTargets === undefined || allowedMethods === undefined) {
    const feature = "permissions without enforcers of targets and selectors";
    return refuse("FEATURE_UNAVAILABLE", "the chain has no such enforcers", { feature });
  }
  const groups = callGroups(frame);
  if (groups.length === 0) {
    return refuse("POLICY_REFUSED", "the policy allows no call on this chain", { rule: "calls" });
  }
  const caveats = [...life(frame), ...windowCaveats(frame), ...calls(groups, frame)];
  if (caveats.length > max.caveats || caveats.some(({ terms }) => size(terms) > max.terms)) {
    const feature = "a permission of more than 32 conditions or 16384 bytes of one";
    return refuse("FEATURE_UNAVAILABLE", "the policy is too long for one permission", { feature });
  }
  const { vaultAccount: delegator, sessionAccount: delegate } = frame;
  const authority = ROOT_AUTHORITY as Hex;
  const content = caveats.map(({ enforcer, terms }) => `${enforcer} ${terms}`).join("\n");
  const salt = BigInt(keccak256(toHex(`${delegator} ${delegate}\n${content}`)));
  return ok({ delegate, delegator, authority, caveats, salt, signature: "0x" });
}

/** When it holds, and for whom. */
function life({ chain, expireSeconds, sessionAccount, nonce }: CompileFrame): readonly Caveat[] {
  const { timestamp, redeemer, nonce: switches } = chain.enforcers;
  const terms = createTimestampTerms({ afterThreshold: 0, beforeThreshold: expireSeconds });
  return [
    { enforcer: timestamp, terms: terms as Hex },
    { enforcer: redeemer, terms: createRedeemerTerms({ redeemers: [sessionAccount] }) as Hex },
    ...(switches === undefined || nonce === undefined
      ? []
      : [
          {
            enforcer: switches,
            terms: createNonceTerms({ nonce: toHex(nonce, { size: 32 }) }) as Hex,
          },
        ]),
  ];
}

function calls(groups: readonly CallGroup[], frame: CompileFrame): readonly Caveat[] {
  const { enforcers } = frame.chain;
  const [only, ...more] = groups.map((group) => withWindow(group, groups, frame));
  if (only === undefined) return [];
  if (more.length === 0) return only;
  const { logicalOrWrapper } = enforcers;
  if (logicalOrWrapper === undefined) return unionOf(groups, frame);
  const caveatGroups = [only, ...more].map((group) =>
    group.map((caveat) => ({ ...caveat, args: new Uint8Array() })),
  );
  // A group without a condition would let everything through.
  if (caveatGroups.some((group) => group.length === 0)) return unionOf(groups, frame);
  return [
    { enforcer: logicalOrWrapper, terms: createLogicalOrWrapperTerms({ caveatGroups }) as Hex },
  ];
}

/** The built-in enforcer counts one token of a permission only. */
function withWindow(
  group: CallGroup,
  all: readonly CallGroup[],
  frame: CompileFrame,
): readonly Caveat[] {
  if (frame.chain.enforcers.windowSpend !== undefined) return group.caveats;
  const windows = all.filter((one) => transferWindow(one, frame) !== undefined);
  const window = windows.length === 1 ? transferWindow(group, frame) : undefined;
  return window === undefined ? group.caveats : [...group.caveats, window];
}

/** Without groups: all targets and all selectors together, which is wider than the policy. */
function unionOf(groups: readonly CallGroup[], { chain }: CompileFrame): readonly Caveat[] {
  const { allowedTargets, allowedMethods } = chain.enforcers;
  const targets = [...new Set(groups.map(({ target }) => target))];
  const selectors = [...new Set(groups.map(({ selector }) => selector))];
  const caveats: Caveat[] = [];
  if (allowedTargets !== undefined) {
    caveats.push({
      enforcer: allowedTargets,
      terms: createAllowedTargetsTerms({ targets }) as Hex,
    });
  }
  if (allowedMethods !== undefined && !selectors.includes(plainSelector)) {
    const terms = createAllowedMethodsTerms({ selectors }) as Hex;
    caveats.push({ enforcer: allowedMethods, terms });
  }
  return caveats;
}
