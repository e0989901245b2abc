/** A claimed vault in memory that may send ether to a friend, and the signals that it sees. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { Unit } from "#gen/signal/v1/series";
import type { ConditionSchema } from "#gen/trigger/v1/condition";
import { Comparator } from "#gen/trigger/v1/signal_condition";
import { type FirePolicySchema, TriggerSchema } from "#gen/trigger/v1/trigger";
import type { PolicySchema } from "#gen/vault/v1/policy";
import { generateEd25519Signer } from "#protocol/proof/signer";
import { FakeSignals, makeFeedKey } from "./fake-signals.ts";
import { NodeVault } from "./node-vault.ts";
import { claim, setPolicy } from "./node-vault-acts.ts";

export const ethUsd = "market.price.eth.usd@v1";
export const quakes = "natural.quake@v1";
export const native = "eip155:31337/slip44:60";
export const friend = `eip155:31337:0x${"f".repeat(40)}`;

/** The condition of a message that is to be created. */
export type ConditionInit = MessageInitShape<typeof ConditionSchema>;

/** What lets 3 of ether leave in a day, at most 2 at once. */
export const giftPolicy = {
  calls: [{ target: friend, selectors: ["0x"] }],
  recipients: [friend],
  assets: [
    {
      asset: native,
      maxPerOperation: "2",
      windows: [{ window: { seconds: 86_400n }, maxAmount: "3" }],
    },
  ],
} satisfies MessageInitShape<typeof PolicySchema>;

/** Brings such a vault to life. Its snapshot is published. */
export async function watchingVault() {
  const vault = new NodeVault();
  const signals = new FakeSignals(await makeFeedKey(), () => vault.nowMs);
  vault.signals = signals;
  const signer = await generateEd25519Signer();
  await claim(vault, signer);
  await setPolicy(vault, giftPolicy);
  await signals.publish();
  return { vault, signals, signer, client: vault.clientOf(signer) };
}

/** A trigger that sends some ether to the friend. */
export function giftTrigger(
  condition: ConditionInit,
  firePolicy: MessageInitShape<typeof FirePolicySchema> = {},
  amount = "1",
) {
  return create(TriggerSchema, {
    displayName: "a gift",
    condition,
    firePolicy,
    intent: {
      chain: "eip155:31337",
      action: {
        action: {
          case: "transfer",
          value: {
            asset: native,
            amount: { amount: { case: "exact", value: amount } },
            recipient: friend,
          },
        },
      },
    },
  });
}

/** Ether under a price, with readings of at most five minutes. */
export function under(value: string, more: Record<string, unknown> = {}): ConditionInit {
  return {
    test: {
      case: "signalThreshold",
      value: {
        series: ethUsd,
        unit: Unit.USD,
        comparator: Comparator.LESS_THAN,
        value,
        maxAge: { seconds: 300n },
        ...more,
      },
    },
  };
}

export const requestId = () => crypto.randomUUID();
