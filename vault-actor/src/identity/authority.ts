/** The owners and guardians of a vault. Pure. */
import { p256 } from "@noble/curves/nist.js";
import type { Failure } from "#protocol/failure";
import { refuse } from "#protocol/failure";
import { parseAccount } from "#protocol/names";
import { parseKeyId } from "#protocol/proof/key-id";
import { ok, type Result } from "#protocol/result";

/** One owner or guardian. `id` is a CAIP-10 account, or a passkey's `p256:` key id. */
export type Member = {
  readonly kind: "EOA" | "CONTRACT" | "WEBAUTHN";
  readonly id: string;
  readonly role: "OWNER" | "GUARDIAN";
};

/** Who may loosen the vault's rules, and how many of them it takes. */
export type Authority = {
  readonly members: readonly Member[];
  readonly threshold: number;
  readonly epoch: number;
  readonly version: number;
};

/** The most members of a vault. */
export const maxMembers = 16;

/**
 * Checks that an authority can act: enough owners for its threshold, and every member somebody
 * else. One secret must not count twice, so Ethereum accounts are of the vault's own chain, and
 * of a passkey's two points with one x only one is let in. `account` is the vault's own, which
 * signs as it did at the claim or not at all.
 */
export function checkMembers(
  members: readonly Member[],
  threshold: number,
  account: Pick<Member, "id" | "kind">,
): Result<void, Failure> {
  const chainId = parseAccount(account.id)?.chainId;
  if (members.length > maxMembers) {
    return refused("members", "max_items", `at most ${maxMembers} members`);
  }
  const known = new Set<string>();
  for (const [index, member] of members.entries()) {
    const field = `members[${index}].id`;
    const identity = identityOf(member, chainId);
    if (identity === undefined) {
      return refused(field, "form", "not the id of such a member on the vault's chain");
    }
    if (member.id === account.id && member.kind !== account.kind) {
      return refused(field, "kind", "the vault's own account signs in another way");
    }
    if (known.has(identity)) return refused(field, "unique", "the member is named twice");
    known.add(identity);
  }
  const owners = members.filter((member) => member.role === "OWNER").length;
  if (owners === 0) return refused("members", "owner", "at least one member must be an owner");
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > owners) {
    return refused("threshold", "owners", `the threshold must be 1 to ${owners}, the owners`);
  }
  return ok(undefined);
}

/** What two members have in common when one secret signs for both. */
function identityOf(member: Member, chainId: number | undefined): string | undefined {
  if (member.kind !== "WEBAUTHN") {
    const account = parseAccount(member.id);
    return account !== undefined && account.chainId === chainId ? account.address : undefined;
  }
  const key = parseKeyId(member.id);
  if (key?.kind !== "p256") return undefined;
  try {
    return String(p256.Point.fromBytes(key.point).x);
  } catch {
    return undefined;
  }
}

function refused(field: string, rule: string, detail: string) {
  return refuse("FIELD_INVALID", `${field}: ${detail}`, { field, rule });
}
