/** Reads the rules that are neither of calls nor of amounts out of the contract's messages. */
import type {
  AllowanceRule as AllowanceRuleMessage,
  ApprovalRule as ApprovalRuleMessage,
  Hours as HoursMessage,
  OracleRule as OracleRuleMessage,
} from "#gen/vault/v1/policy_rule";
import type { Failure } from "#protocol/failure";
import { parseAccount, parseAsset } from "#protocol/names";
import { ok, type Result } from "#protocol/result";
import { isZone } from "../trigger/schedule/zone.ts";
import {
  type AllowanceRule,
  type ApprovalRule,
  defaultOracle,
  defaultWaitMs,
  defaultWorseningBps,
  type HourSpan,
  type Hours,
  type OracleRule,
} from "./rule.ts";
import { each, invalid, lengthMs, optional, unique } from "./wire-field.ts";

/** Reads the hours. */
export function fromHours(message: HoursMessage, field: string): Result<Hours, Failure> {
  const { timeZone } = message;
  if (!isZone(timeZone)) return invalid(`${field}.time_zone`, "no IANA time zone of this name");
  const spans = each(message.spans, `${field}.spans`, fromSpan);
  return spans.ok ? ok({ timeZone, spans: spans.value }) : spans;
}

function fromSpan(
  message: HoursMessage["spans"][number],
  field: string,
): Result<HourSpan, Failure> {
  const { days, startMinute, endMinute } = message;
  if (endMinute <= startMinute) return invalid(`${field}.end_minute`, "after start_minute");
  return ok({ days, startMinute, endMinute });
}

/** Reads the rule of prices; absent ones say what `defaultOracle` says. */
export function fromOracle(
  message: OracleRuleMessage | undefined,
  field: string,
): Result<OracleRule, Failure> {
  if (message === undefined) return ok(defaultOracle);
  const maxAgeMs = optional(message.maxAge, `${field}.max_age`, lengthMs);
  if (!maxAgeMs.ok) return maxAgeMs;
  return ok({
    minSources: message.minSources || defaultOracle.minSources,
    maxAgeMs: maxAgeMs.value,
    maxDeviationBps: message.maxDeviationBps || defaultOracle.maxDeviationBps,
  });
}

/** Reads the allowances: a spender of an asset has one rule. */
export function fromAllowances(
  messages: readonly AllowanceRuleMessage[],
  field: string,
): Result<readonly AllowanceRule[], Failure> {
  const rules = each(messages, field, fromAllowance);
  if (!rules.ok) return rules;
  const keyOf = ({ asset, spender }: AllowanceRule) => `${asset} ${spender}`;
  const once = unique(rules.value, field, keyOf, "a spender of an asset has one rule");
  return once.ok ? rules : once;
}

function fromAllowance(
  message: AllowanceRuleMessage,
  field: string,
): Result<AllowanceRule, Failure> {
  const { asset, spender, maxAmount } = message;
  if (parseAsset(asset)?.chainId !== parseAccount(spender)?.chainId) {
    return invalid(`${field}.spender`, "of the asset's chain", "chain");
  }
  return ok({ asset, spender, max: BigInt(maxAmount) });
}

/** Reads when the owners are asked. */
export function fromApprovals(
  message: ApprovalRuleMessage,
  field: string,
): Result<ApprovalRule, Failure> {
  const over = message.over.map(({ asset, amount }) => ({ asset, amount: BigInt(amount) }));
  const once = unique(over, `${field}.over`, ({ asset }) => asset, "an asset has one threshold");
  if (!once.ok) return once;
  const waitMs = optional(message.wait, `${field}.wait`, lengthMs);
  if (!waitMs.ok) return waitMs;
  return ok({
    over,
    newRecipient: message.newRecipient,
    overLimit: message.overLimit,
    waitMs: waitMs.value ?? defaultWaitMs,
    maxWorseningBps: message.maxWorseningBps || defaultWorseningBps,
  });
}
