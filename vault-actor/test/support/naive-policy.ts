/**
 * What a policy says of an operation, once more, as plainly as it can be written: loops over
 * everything, no index, no order, nothing shared with the real one.
 */
import type { DecisionInput } from "../../src/policy/decision.ts";
import type { Operation } from "../../src/policy/operation.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Restriction } from "../../src/policy/restriction.ts";

/** The verdict, and every reason to refuse. */
export type NaiveVerdict = {
  readonly verdict: "allow" | "approval" | "deny";
  readonly reasons: ReadonlySet<string>;
};

const forbidden = [
  "0xa22cb465", // setApprovalForAll
  "0x39509351", // increaseAllowance
  "0xd505accf", // permit
  "0x87517c45", // Permit2's approve
  "0x610b5925", // enableModule
];

type Rules = Restriction & { readonly whose: "all" | "key" | "trigger" };

export function naiveDecision(operation: Operation, input: DecisionInput): NaiveVerdict {
  const { policy, approved, nowMs } = input;
  const reasons = new Set<string>();
  let wantsOwners = false;
  const deny = (reason = "POLICY_REFUSED") => reasons.add(reason);
  const limit = (exceeded: boolean, waivable = true) => {
    if (!exceeded) return;
    if (approved && waivable) return;
    if (waivable && input.mayAsk && policy.approvals?.overLimit) wantsOwners = true;
    else deny("LIMIT_EXCEEDED");
  };
  const verdict = (): NaiveVerdict => {
    if (reasons.size > 0) return { verdict: "deny", reasons };
    return { verdict: wantsOwners ? "approval" : "allow", reasons };
  };

  for (const host of operation.hosts) if (!policy.webhookHosts.includes(host)) deny();
  const moves =
    operation.calls.length +
    operation.spends.length +
    operation.recipients.length +
    operation.allowances.length;
  if (moves === 0) return verdict();

  const chains = policy.chains.length > 0 ? policy.chains : ["eip155:1"];
  if (!chains.includes(operation.chain)) deny();
  if (operation.calls.length === 0) deny();

  const layers: Rules[] = [asRules(policy)];
  for (const { layer, restriction } of input.restrictions) {
    layers.push({ ...restriction, whose: layer === "KEY" ? "key" : "trigger" });
  }
  for (const layer of layers) {
    const vault = layer.whose === "all";
    if (layer.hours !== undefined && !naiveOpen(layer.hours, nowMs)) deny();
    if (layer.maxSlippageBps !== undefined && operation.slippageBps > layer.maxSlippageBps) deny();
    for (const call of operation.calls) {
      if (!vault && layer.calls.length === 0) continue;
      if (naiveVenue(call, operation)) continue;
      let allowed = false;
      for (const rule of layer.calls) {
        if (rule.target !== call.target || !rule.selectors.includes(call.selector)) continue;
        allowed = true;
        if (rule.maxValue !== undefined && call.value > rule.maxValue) allowed = false;
        const unknown = operation.isEarly && call.selector !== "0x" && call.data === "0x";
        for (const argument of unknown ? [] : rule.arguments) {
          if (argument.selector !== call.selector) continue;
          const hex = call.data.substring(10 + 64 * argument.word, 74 + 64 * argument.word);
          if (hex.length < 64) {
            allowed = false;
            continue;
          }
          const { constraint } = argument;
          if (constraint.kind === "one_of" && !constraint.words.includes(`0x${hex}`)) {
            allowed = false;
          }
          if (constraint.kind === "own_account") {
            if (hex !== "0".repeat(24) + operation.account.slice(-40)) allowed = false;
          }
          if (constraint.kind === "range") {
            if (BigInt(`0x${hex}`) < constraint.min) allowed = false;
            if (constraint.max !== undefined && BigInt(`0x${hex}`) > constraint.max)
              allowed = false;
          }
        }
      }
      if (!allowed) deny();
    }
    for (const recipient of operation.recipients) {
      if (recipient === operation.account) continue;
      if (!vault && layer.recipients.length === 0) continue;
      const exit = operation.isExit && vault && recipient === policy.exitRecipient;
      if (!layer.recipients.includes(recipient) && !exit) deny();
    }
    for (const { asset, amount } of operation.spends) {
      if (!vault && layer.assets.length === 0) continue;
      const rule = layer.assets.find((one) => one.asset === asset);
      if (rule === undefined) {
        deny();
        continue;
      }
      limit(amount > rule.maxPerOperation);
      for (const window of rule.windows) {
        limit(naiveUsed(input, layer, asset, window.windowMs) + amount > window.max);
      }
    }
    if (layer.usd !== undefined) {
      let spent = 0n;
      for (const { amount } of operation.spends) spent += amount;
      const worth = operation.worthMicroUsd ?? (spent === 0n ? 0n : undefined);
      if (worth === undefined) {
        if (!operation.isEarly) deny("PRICE_UNFIT");
      } else {
        const { maxPerOperation, windowMs, max } = layer.usd;
        if (maxPerOperation !== undefined) limit(worth > maxPerOperation);
        limit(naiveUsed(input, layer, "usd", windowMs) + worth > max);
      }
    }
    if (layer.operations !== undefined) {
      const ids: string[] = [];
      for (const spend of input.spends) {
        if (spend.state === "RELEASED" || !counts(input, layer, spend)) continue;
        if (nowMs - spend.atMs >= layer.operations.windowMs) continue;
        if (!ids.includes(spend.executionId)) ids.push(spend.executionId);
      }
      limit(ids.length + 1 > layer.operations.max);
    }
  }

  for (const call of operation.calls) {
    if (call.target === operation.account || input.infrastructure.has(call.target)) deny();
    if (forbidden.includes(call.selector)) deny();
    if (operation.isEarly && call.selector !== "0x" && call.data === "0x") continue;
    if (call.selector === "0x" ? call.data !== "0x" : !call.data.startsWith(call.selector)) deny();
    if (call.selector !== "0x095ea7b3") continue;
    if (naiveVenue(call, operation)) continue;
    const spender = call.data.substring(10, 74);
    const size = call.data.substring(74, 138);
    if (spender.length < 64 || size.length < 64) {
      deny();
      continue;
    }
    let exact = BigInt(`0x${size}`) === 0n;
    for (const allowance of operation.allowances) {
      const sameToken = allowance.asset.endsWith(`/erc20:0x${call.target.slice(-40)}`);
      const sameSpender = spender === "0".repeat(24) + allowance.spender.slice(-40);
      if (sameToken && sameSpender && BigInt(`0x${size}`) === allowance.amount) exact = true;
    }
    if (!exact) deny();
  }

  for (const { asset, spender, amount } of operation.allowances) {
    if (amount >= 2n ** 128n || amount === 2n ** 96n - 1n) deny();
    const rule = policy.allowances.find((one) => one.asset === asset && one.spender === spender);
    if (rule === undefined) deny();
    else limit(amount > rule.max);
    let given = 0n;
    for (const other of operation.allowances) if (other.asset === asset) given += other.amount;
    let spent = 0n;
    for (const other of operation.spends) if (other.asset === asset) spent = other.amount;
    if (given > spent) deny();
  }

  if (!operation.isEarly) {
    const isSwap = operation.slippageBps > 0;
    if (isSwap && operation.prices.length === 0) deny("PRICE_UNFIT");
    for (const price of operation.prices) {
      if (price.sources < policy.oracle.minSources) deny("PRICE_UNFIT");
      if (isSwap && price.sources < 2) deny("PRICE_UNFIT");
      if (policy.oracle.maxAgeMs !== undefined && price.ageMs > policy.oracle.maxAgeMs) {
        deny("PRICE_UNFIT");
      }
      if (price.deviationBps > policy.oracle.maxDeviationBps) deny("PRICE_UNFIT");
    }
  }

  limit(operation.maxFee > policy.maxOperationFee, false);
  if (policy.maxFeePerGas !== undefined) {
    limit(operation.maxFeePerGas > policy.maxFeePerGas, false);
  }
  if (policy.fees !== undefined) {
    const name = operation.chain === "eip155:1" ? "fee/eip155:1/slip44:60" : "fee/other";
    const used = naiveUsed(input, asRules(policy), name, policy.fees.windowMs);
    limit(used + operation.maxFee > policy.fees.max);
  }

  const known = input.receipts.filter((one) => one.settled).map((one) => one.recipient);
  const others = operation.recipients.filter((one) => one !== operation.account);
  const unknown = others.filter((one) => !known.includes(one));
  if (policy.newRecipients !== undefined) {
    const names: string[] = [];
    for (const { recipient, atMs } of input.receipts) {
      if (nowMs - atMs >= policy.newRecipients.windowMs) continue;
      if (!names.includes(recipient)) names.push(recipient);
    }
    const before = names.length;
    for (const one of unknown) if (!names.includes(one)) names.push(one);
    limit(names.length > policy.newRecipients.max || before > policy.newRecipients.max);
  }
  if (policy.approvals !== undefined && !approved) {
    if (policy.approvals.newRecipient && unknown.length > 0) wantsOwners = true;
    for (const { asset, amount } of policy.approvals.over) {
      for (const spend of operation.spends) {
        if (spend.asset === asset && spend.amount > amount) wantsOwners = true;
      }
    }
  }
  return verdict();
}

/** Whether a call gives what is sold to the contract that sells it next. */
function naiveVenue(call: Operation["calls"][number], { calls, spends }: Operation): boolean {
  if (!call.venue || call.selector !== "0x095ea7b3" || call.value > 0n) return false;
  if (call.data.length < 138) return false;
  const token = `${call.target.replace(/:0x.*/, "")}/erc20:${call.target.slice(-42)}`;
  for (const other of calls.slice(calls.indexOf(call) + 1)) {
    if (other.venue) continue;
    if (call.data.slice(10, 74) !== "0".repeat(24) + other.target.slice(-40)) return false;
    const most = spends.find(({ asset }) => asset === token)?.amount ?? 0n;
    return BigInt(`0x${call.data.slice(74, 138)}`) <= most;
  }
  return false;
}

function asRules(policy: Policy): Rules {
  const { calls, assets, recipients, maxSlippageBps, operations, usd, hours } = policy;
  return { calls, assets, recipients, maxSlippageBps, operations, usd, hours, whose: "all" };
}

function counts(
  input: DecisionInput,
  { whose }: Rules,
  spend: { readonly keyId: string; readonly triggerId: string },
): boolean {
  if (whose === "key") return spend.keyId === input.keyId;
  if (whose === "trigger") return spend.triggerId === (input.triggerId ?? "");
  return true;
}

function naiveUsed(input: DecisionInput, rules: Rules, asset: string, windowMs: number): bigint {
  let used = 0n;
  for (const spend of input.spends) {
    if (spend.asset !== asset || spend.state === "RELEASED") continue;
    if (input.nowMs - spend.atMs >= windowMs || !counts(input, rules, spend)) continue;
    used += spend.state === "SETTLED" ? (spend.settled ?? spend.reserved) : spend.reserved;
  }
  return used;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function naiveOpen(hours: NonNullable<Policy["hours"]>, nowMs: number): boolean {
  const format =
    formats.get(hours.timeZone) ??
    new Intl.DateTimeFormat("en-GB", {
      timeZone: hours.timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  formats.set(hours.timeZone, format);
  const parts = Object.fromEntries(
    format.formatToParts(nowMs).map(({ type, value }) => [type, value]),
  );
  const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  const today = names.indexOf(parts.weekday ?? "") + 1;
  const minute = Number(parts.hour) * 60 + Number(parts.minute);
  for (const { days, startMinute, endMinute } of hours.spans) {
    if (days.includes(today) && startMinute <= minute && minute < endMinute) return true;
  }
  return false;
}
