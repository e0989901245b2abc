/**
 * Checks messages against the rules that the contract writes down (protovalidate).
 *
 * Compiles each message's rules once per isolate; `warm` does it before the first call.
 */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import type { Failure } from "./failure.ts";
import { refuse } from "./failure.ts";
import { ok, type Result } from "./result.ts";

const compiled = new Map<string, RegExp>();

// The patterns are constants of the contract and run in linear time, so the platform's own
// engine is safe; the library's default exists for patterns from strangers.
const validator = createValidator({
  failFast: true,
  regexMatch: (pattern, against) => expressionOf(pattern).test(against),
});

function expressionOf(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const expression = new RegExp(pattern, "u");
  compiled.set(pattern, expression);
  return expression;
}

/** Checks a message. The error names the first field that breaks a rule. */
export function validate<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): Result<MessageShape<Desc>, Failure> {
  const result = validator.validate(schema, message);
  if (result.kind === "valid") return ok(message);
  if (result.kind === "error") throw result.error;
  const violation = result.violations[0];
  const text = violation?.toString() ?? "";
  const field = violation === undefined ? "" : (text.split(":", 1)[0] ?? "");
  return refuse("FIELD_INVALID", text.replace(/ \[[a-z0-9_.]+\]$/, ""), {
    field: field.slice(0, 200),
    rule: violation?.ruleId ?? "",
  });
}

/** Compiles the rules of messages ahead of their first use. */
export function warm(schemas: readonly DescMessage[]): void {
  for (const schema of schemas) validator.validate(schema, create(schema));
}
