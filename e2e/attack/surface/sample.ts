/**
 * Makes a valid message of any type from its descriptor and the contract's own rules.
 *
 * What a rule does not force is left out. Names of resources are those of the vault that is
 * attacked, so that what refuses an attack is not a name that points nowhere.
 */
import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { DurationSchema, TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type FieldRules,
  field as fieldRules,
  oneof as oneofRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { OwnerActSchema, OwnerProofSchema } from "#gen/vault/v1/authority";
import { validate } from "#protocol/validate";
import { textFor } from "./pattern.ts";

/** What a message speaks of. */
export type Facts = {
  readonly vaultId: string;
  /** The vault's resources, by collection: `triggers` → an id. */
  readonly resources: Readonly<Record<string, string>>;
  /** The owner whose consent is pretended. */
  readonly ownerId: string;
  readonly epoch: bigint;
  readonly nowMs: number;
};

type Init = Record<string, unknown>;

/** Makes a message. Throws when it can't be made valid: then the rules use something new. */
export function sampleOf<Desc extends DescMessage>(schema: Desc, facts: Facts): MessageShape<Desc> {
  const message = create(schema, build(schema, facts) as MessageInitShape<Desc>);
  const valid = validate(schema, message);
  if (!valid.ok) throw new Error(`no sample of ${schema.typeName}: ${valid.error.detail}`);
  return message;
}

function build(schema: DescMessage, facts: Facts): Init {
  if (schema.typeName === TimestampSchema.typeName) {
    return timestampFromMs(Math.floor(facts.nowMs / 1000) * 1000 + 300_000);
  }
  const init: Init = {};
  for (const member of schema.members) {
    if (member.kind === "oneof") Object.assign(init, choice(member, facts));
    else if (isNeeded(member)) init[member.localName] = value(member, facts);
  }
  return { ...init, ...pretence(schema, facts) };
}

/** An owner is named, who signed nothing. */
function pretence(schema: DescMessage, facts: Facts): Init {
  if (schema.typeName === OwnerProofSchema.typeName) return { member: facts.ownerId };
  if (schema.typeName !== OwnerActSchema.typeName) return {};
  const random = crypto.getRandomValues(new Uint8Array(32));
  return { actId: `0x${Buffer.from(random).toString("hex")}`, epoch: facts.epoch };
}

function choice(oneof: DescOneof, facts: Facts): Init {
  if (getOption(oneof, oneofRules).required !== true) return {};
  // A member that holds its own parent again would never come to an end.
  const first = oneof.fields.find(
    (field) => field.message === undefined || !leadsTo(field.message, oneof.parent),
  );
  if (first === undefined) return {};
  return { [oneof.localName]: { case: first.localName, value: value(first, facts) } };
}

function leadsTo(from: DescMessage, target: DescMessage, seen = new Set<string>()): boolean {
  if (from.typeName === target.typeName) return true;
  if (seen.has(from.typeName)) return false;
  seen.add(from.typeName);
  return from.fields.some(({ message }) => message !== undefined && leadsTo(message, target, seen));
}

function isNeeded(field: DescField): boolean {
  const rules = getOption(field, fieldRules);
  if (field.fieldKind === "list") return leastItems(rules) > 0;
  return rules.required || field.fieldKind === "scalar" || field.fieldKind === "enum";
}

function value(field: DescField, facts: Facts): unknown {
  const rules = getOption(field, fieldRules);
  if (field.fieldKind !== "list") return single(field, rules, facts);
  const items = rules.type.case === "repeated" ? rules.type.value.items : undefined;
  return Array.from({ length: leastItems(rules) }, () => single(field, items, facts));
}

function single(field: DescField, rules: FieldRules | undefined, facts: Facts): unknown {
  if (field.enum !== undefined) return 1;
  const type = rules?.type;
  if (field.message?.typeName === DurationSchema.typeName) {
    const least = type?.case === "duration" ? type.value.greaterThan.value : undefined;
    return { seconds: (least as { seconds: bigint } | undefined)?.seconds ?? 60n };
  }
  if (field.message !== undefined) return build(field.message, facts);
  switch (type?.case) {
    case "string":
      return field.name === "request_id"
        ? crypto.randomUUID()
        : text(type.value.pattern, Number(type.value.minLen), facts);
    case "bytes":
      return new Uint8Array(Number(type.value.len || type.value.minLen));
    case "uint32":
    case "int32":
      return type.value.in[0] ?? type.value.greaterThan.value ?? 0;
    default:
      // The default of its type.
      return undefined;
  }
}

function text(pattern: string, minLength: number, facts: Facts): string {
  if (pattern.startsWith("^vaults/")) return nameFor(pattern, facts);
  return pattern === "" ? "a".repeat(minLength) : textFor(pattern);
}

/** The name of a resource of the vault, in the form that a pattern asks for. */
function nameFor(pattern: string, facts: Facts): string {
  const [, , ...rest] = pattern.replace(/\$$/, "").split("/");
  const segments = rest.map((segment, i) =>
    /^[[(]/.test(segment) ? (facts.resources[rest[i - 1] ?? ""] ?? "none") : segment,
  );
  return ["vaults", facts.vaultId, ...segments].join("/");
}

function leastItems(rules: FieldRules): number {
  return rules.type.case === "repeated" ? Number(rules.type.value.minItems) : 0;
}
