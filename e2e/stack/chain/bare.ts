/** A chain with our contracts and nothing else of ours, for tests of what the chain alone does. */
import { randomBytes } from "node:crypto";
import { bytesToHex } from "viem";
import { Instance } from "../instance.ts";
import { freePorts } from "../ports.ts";
import { type Deployment, deployContracts, deployEntryPoint } from "./contracts.ts";
import { type LocalChain, startNode } from "./node.ts";

/** A chain that runs. */
export type BareChain = {
  readonly chain: LocalChain;
  readonly deployment: Deployment;
  readonly stop: () => Promise<void>;
};

/**
 * Starts a chain and deploys everything. Blocks come with transactions and at no other time, so
 * that a test says what time it is.
 */
export async function startBareChain(): Promise<BareChain> {
  const name = `chain-${bytesToHex(randomBytes(4)).slice(2)}`;
  const instance = Instance.open(name, false);
  const { chain: port } = await freePorts();
  const chain = await startNode(instance, port, false);
  await chain.tools.setIntervalMining({ interval: 0 });
  await chain.tools.setAutomine(true);
  const deployment = await deployContracts(chain, await deployEntryPoint(chain, "0.7"));
  return { chain, deployment, stop: () => instance.stopAll("SIGKILL") };
}
