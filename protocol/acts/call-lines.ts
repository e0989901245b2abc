/** Writes rules of calls as lines of text that an owner signs. Pure, and total. */
import type { ArgumentRule, CallRule } from "#gen/vault/v1/call_rule";

/** The lines of one rule: of each selector by itself, with all that is asked of it. */
export function callLines({ target, selectors, arguments: rules, maxValue }: CallRule): string[] {
  return selectors.flatMap((selector) => {
    const call = `call ${target} ${selector}`;
    const own = rules.filter((rule) => rule.selector === selector);
    return [
      maxValue === "" ? call : `${call} with at most ${maxValue}`,
      ...own.map((rule) => `${call} where word ${rule.word} is ${constraintText(rule)}`),
    ];
  });
}

function constraintText({ constraint }: ArgumentRule): string {
  switch (constraint.case) {
    case "oneOf":
      return `one of ${[...constraint.value.words].sort().join(" ")}`;
    case "range": {
      const { min, max } = constraint.value;
      return `${min === "" ? "0" : min} to ${max === "" ? "any" : max}`;
    }
    case "ownAccount":
      return "the vault's own account";
    default:
      return "unknown";
  }
}
