/** Sets what a vault on a local stack may do, with its owner's consent. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { parseEther } from "viem";
import { type Policy, PolicySchema } from "#gen/vault/v1/policy";
import { policyLoosenAct } from "#protocol/acts/vault-acts";
import { formatChain } from "#protocol/names";
import { localChainId } from "../stack/chain/node.ts";
import { type LiveVault, nativeAsset, requestId, swapSelector } from "./vault.ts";

/** The owner allows swaps on the router, up to an amount of ether a day. */
export async function setPolicy(vault: LiveVault, etherPerDay: string): Promise<Policy> {
  const { stack } = vault;
  const max = parseEther(etherPerDay).toString();
  return replacePolicy(vault, {
    calls: [
      {
        target: `${formatChain(localChainId)}:${stack.deployment.router}`,
        selectors: [swapSelector],
      },
    ],
    assets: [
      {
        asset: nativeAsset,
        maxPerOperation: max,
        windows: [{ window: durationFromMs(86_400_000), maxAmount: max }],
      },
    ],
    maxSlippageBps: 100,
    operations: { window: durationFromMs(3_600_000), maxOperations: 10 },
  });
}

/** The owner replaces the policy. The next one takes effect at once, unless `rules` say otherwise. */
export async function replacePolicy(
  { owner, name, client }: LiveVault,
  rules: MessageInitShape<typeof PolicySchema>,
): Promise<Policy> {
  const policy = create(PolicySchema, { loosenDelay: durationFromMs(0), ...rules });
  const { policy: current } = await client.vault.getPolicy({ name: `${name}/policy` });
  const expectedVersion = current?.version ?? 0n;
  const build = policyLoosenAct.bind(undefined, owner.vaultId, policy, expectedVersion);
  const act = await owner.consent(build, 1n);
  const answer = await client.vault.updatePolicy({
    parent: name,
    requestId: requestId(),
    policy,
    expectedVersion,
    act,
  });
  if (answer.policy === undefined) throw new Error("no policy");
  return answer.policy;
}
