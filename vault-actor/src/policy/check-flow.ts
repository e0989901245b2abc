/** Checks who receives, what is allowed to be taken later, hosts, slippage and prices. Pure. */
import { isUnbounded } from "./always-denied.ts";
import { allows, denies, within } from "./check.ts";
import type { Check, DecisionInput, Layer } from "./decision.ts";
import { allowanceRule, hostRule, priceRule, slippageRule } from "./limit-words.ts";
import { isListed } from "./lookup.ts";
import type { Operation } from "./operation.ts";

/** Checks the exact allowances. */
export function* checkAllowances(operation: Operation, input: DecisionInput): Generator<Check> {
  for (const { asset, spender, amount } of operation.allowances) {
    const rule = `allow ${spender} to spend ${asset}`;
    const deny = (detail: string) => denies("VAULT", rule, "approval", detail);
    const known = input.policy.allowances.find(
      (one) => one.asset === asset && one.spender === spender,
    );
    const given = operation.allowances
      .filter((one) => one.asset === asset)
      .reduce((sum, one) => sum + one.amount, 0n);
    const spent = operation.spends.find((spend) => spend.asset === asset)?.amount ?? 0n;
    if (isUnbounded(amount)) yield deny("an unbounded allowance is never given");
    else if (known === undefined) yield deny(`${spender} is not an allowed spender of ${asset}`);
    else if (given > spent) yield deny("an allowance counts as spent, and this one does not");
    else {
      yield within(input, {
        layer: "VAULT",
        rule: allowanceRule(spender, asset, known.max),
        name: "allowance",
        asset,
        max: known.max,
        used: 0n,
        wanted: amount,
      });
    }
  }
}

/** Checks the recipients, for the vault, the key and the trigger. */
export function* checkRecipients(operation: Operation, input: DecisionInput): Generator<Check> {
  const { policy } = input;
  const others = operation.recipients.filter((recipient) => recipient !== operation.account);
  for (const recipient of others) {
    const check = (layer: Layer, allowed: boolean) => {
      const rule = `send to ${recipient}`;
      if (allowed) return allows(layer, rule);
      return denies(layer, rule, "recipient", `${recipient} may not receive assets`);
    };
    const isExit = operation.isExit === true && recipient === policy.exitRecipient;
    yield check("VAULT", isExit || isListed(policy.recipients, recipient));
    for (const { layer, restriction } of input.restrictions) {
      const { recipients } = restriction;
      if (recipients.length > 0) yield check(layer, isListed(recipients, recipient));
    }
  }
}

/** Checks the slippage, for the vault, the key and the trigger. */
export function* checkSlippage(operation: Operation, input: DecisionInput): Generator<Check> {
  const all = [
    { layer: "VAULT", max: input.policy.maxSlippageBps } as const,
    ...input.restrictions.map(({ layer, restriction }) => ({
      layer,
      max: restriction.maxSlippageBps,
    })),
  ];
  for (const { layer, max } of all) {
    if (max === undefined) continue;
    const rule = slippageRule(max);
    yield operation.slippageBps > max
      ? denies(layer, rule, "slippage", `slippage above ${max} basis points`)
      : allows(layer, rule);
  }
}

/** Checks the hosts of webhooks. */
export function* checkHosts(operation: Operation, { policy }: DecisionInput): Generator<Check> {
  for (const host of operation.hosts) {
    const rule = hostRule(host);
    yield isListed(policy.webhookHosts, host)
      ? allows("VAULT", rule)
      : denies("VAULT", rule, "webhook_host", `no webhook may be sent to ${host}`);
  }
}

/**
 * Checks the prices that amounts were computed from. A swap has some, of two sources at least,
 * whatever the rule says.
 */
export function* checkPrices(operation: Operation, input: DecisionInput): Generator<Check> {
  if (operation.isEarly) return;
  const { minSources, maxAgeMs, maxDeviationBps } = input.policy.oracle;
  const isSwap = operation.slippageBps > 0;
  const least = isSwap ? Math.max(2, minSources) : minSources;
  const unfit = (rule: string, detail: string) =>
    denies("VAULT", rule, "oracle", detail, "PRICE_UNFIT");
  if (isSwap && operation.prices.length === 0) {
    yield unfit("prices of a swap", "a swap needs prices");
  }
  for (const { asset, sources, ageMs, deviationBps } of operation.prices) {
    const rule = priceRule(asset);
    if (sources < least) yield unfit(rule, `fewer than ${least} sources have a price of ${asset}`);
    else if (maxAgeMs !== undefined && ageMs > maxAgeMs) {
      yield unfit(rule, `the price of ${asset} is older than ${maxAgeMs / 1000} s`);
    } else if (deviationBps > maxDeviationBps) {
      yield unfit(
        rule,
        `the prices of ${asset} differ by more than ${maxDeviationBps} basis points`,
      );
    } else yield allows("VAULT", rule);
  }
}
