/** A vault that is ready for the main job: claimed, with policy, session, permission, trigger. */
import type { Stack } from "../stack/stack.ts";
import { setPolicy } from "./policy.ts";
import { createSession, installSession } from "./session.ts";
import { claimVault, createTrigger, type LiveVault } from "./vault.ts";

/** Brings such a vault to life, with 10 ETH. */
export async function protectedVault(stack: Stack): Promise<LiveVault> {
  const vault = await claimVault(stack, "10");
  await setPolicy(vault, "6");
  await installSession(vault, await createSession(vault), "6");
  await createTrigger(vault);
  return vault;
}
