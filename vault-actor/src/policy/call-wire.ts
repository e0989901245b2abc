/** Reads rules of calls out of the contract's messages. */
import type {
  ArgumentRule as ArgumentRuleMessage,
  CallRule as CallRuleMessage,
} from "#gen/vault/v1/call_rule";
import type { Failure } from "#protocol/failure";
import { ok, type Result } from "#protocol/result";
import type { ArgumentRule, CallRule, Constraint } from "./call-rule.ts";
import { each, invalid, unique, wholeNumber } from "./wire-field.ts";

/** Reads the rules: a selector of a target has one rule. */
export function fromCallRules(
  messages: readonly CallRuleMessage[],
  field: string,
): Result<readonly CallRule[], Failure> {
  const rules = each(messages, field, fromCallRule);
  if (!rules.ok) return rules;
  const seen = new Set<string>();
  for (const [index, { target, selectors }] of rules.value.entries()) {
    for (const [at, selector] of selectors.entries()) {
      const key = `${target} ${selector}`;
      if (seen.has(key)) {
        const path = `${field}[${index}].selectors[${at}]`;
        return invalid(path, "a selector of a target has one rule", "unique");
      }
      seen.add(key);
    }
  }
  return rules;
}

function fromCallRule(message: CallRuleMessage, field: string): Result<CallRule, Failure> {
  const { target, selectors } = message;
  const list = `${field}.arguments`;
  const rules = each(message.arguments, list, fromArgumentRule);
  if (!rules.ok) return rules;
  for (const [index, { selector }] of rules.value.entries()) {
    if (selectors.includes(selector)) continue;
    return invalid(`${list}[${index}].selector`, "one of the rule's selectors");
  }
  const detail = "a word of a selector has one rule";
  const once = unique(rules.value, list, ({ selector, word }) => `${selector} ${word}`, detail);
  if (!once.ok) return once;
  return ok({ target, selectors, arguments: rules.value, maxValue: wholeNumber(message.maxValue) });
}

function fromArgumentRule(
  message: ArgumentRuleMessage,
  field: string,
): Result<ArgumentRule, Failure> {
  const constraint = fromConstraint(message.constraint, field);
  if (!constraint.ok) return constraint;
  return ok({ selector: message.selector, word: message.word, constraint: constraint.value });
}

function fromConstraint(
  constraint: ArgumentRuleMessage["constraint"],
  field: string,
): Result<Constraint, Failure> {
  switch (constraint.case) {
    case "oneOf":
      return ok({ kind: "one_of", words: constraint.value.words });
    case "range": {
      const min = wholeNumber(constraint.value.min) ?? 0n;
      const max = wholeNumber(constraint.value.max);
      if (max !== undefined && max < min) return invalid(`${field}.range`, "max is below min");
      return ok({ kind: "range", min, max });
    }
    case "ownAccount":
      if (constraint.value) return ok({ kind: "own_account" });
      return invalid(`${field}.own_account`, "must be true");
    default:
      return invalid(field, "exactly one constraint must be set", "required");
  }
}
