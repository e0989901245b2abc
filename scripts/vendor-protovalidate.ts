/**
 * Writes buf/validate/validate.proto from the descriptor inside @bufbuild/protovalidate.
 *
 * The npm package ships generated code only, and the contract must compile without a
 * network. `check-vendored.ts` proves that the written file means the same.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  type DescExtension,
  type DescField,
  getOption,
  hasOption,
  isFieldSet,
} from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import {
  file_buf_validate_validate as file,
  predefined,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const maxFieldNumber = 536_870_911;

/** Writes the file to `target`. */
export function vendorProtovalidate(target: string): void {
  const lines = [...header(), ...extensions(file.proto.extension, file.extensions)];
  for (const message of file.proto.messageType) {
    const desc = file.messages.find((candidate) => candidate.name === message.name);
    lines.push(
      ...messageLines(message, desc?.fields ?? [], `.${file.proto.package}.${message.name}`),
      "",
    );
  }
  for (const enumeration of file.proto.enumType) lines.push(...enumLines(enumeration), "");
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${lines.join("\n").trimEnd()}\n`);
}

function header(): string[] {
  const manifest = "node_modules/@bufbuild/protovalidate/package.json";
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return [
    "// Copyright 2023-2026 Buf Technologies, Inc. Licensed under the Apache License, Version 2.0.",
    `// Written by scripts/vendor-protovalidate.ts from @bufbuild/protovalidate ${version}. Do not edit.`,
    `syntax = "${file.proto.syntax === "" ? "proto2" : file.proto.syntax}";`,
    "",
    `package ${file.proto.package};`,
    "",
    ...file.proto.dependency.map((path) => `import "${path}";`),
    "",
  ];
}

function extensions(
  fields: readonly FieldDescriptorProto[],
  descs: readonly DescExtension[],
): string[] {
  return fields.flatMap((field, index) => [
    `extend ${field.extendee} {`,
    `  ${fieldLine(field, descs[index], true)}`,
    "}",
    "",
  ]);
}

function messageLines(
  message: DescriptorProto,
  descs: readonly DescField[],
  path: string,
): string[] {
  const maps = new Map(
    message.nestedType
      .filter((n) => n.options?.mapEntry === true)
      .map((n) => [`${path}.${n.name}`, n]),
  );
  if (maps.size > 0) throw new Error("maps are not expected in validate.proto");
  const body = message.enumType.flatMap(enumLines);
  for (const nested of message.nestedType) {
    body.push(...messageLines(nested, [], `${path}.${nested.name}`));
  }
  const oneofs = new Set<number>();
  for (const field of message.field) {
    if (!inOneof(field)) {
      body.push(fieldLine(field, descOf(descs, field), true));
    } else if (!oneofs.has(field.oneofIndex)) {
      oneofs.add(field.oneofIndex);
      const members = message.field.filter((f) => inOneof(f) && f.oneofIndex === field.oneofIndex);
      body.push(`oneof ${message.oneofDecl[field.oneofIndex]?.name} {`);
      body.push(
        ...members.map((member) => `  ${fieldLine(member, descOf(descs, member), false)}`),
        "}",
      );
    }
  }
  for (const range of message.extensionRange)
    body.push(`extensions ${rangeText(range.start, range.end - 1)};`);
  body.push(
    ...reservedLines(
      message.reservedRange.map((range) => rangeText(range.start, range.end - 1)),
      message.reservedName,
    ),
  );
  return [`message ${message.name} {`, ...body.map((line) => `  ${line}`), "}"];
}

function enumLines(enumeration: EnumDescriptorProto): string[] {
  const values = enumeration.value.map((value) => {
    const options = value.options?.deprecated === true ? " [deprecated = true]" : "";
    return `  ${value.name} = ${value.number}${options};`;
  });
  const alias = enumeration.options?.allowAlias === true ? ["  option allow_alias = true;"] : [];
  const reserved = reservedLines(
    enumeration.reservedRange.map((range) => rangeText(range.start, range.end)),
    enumeration.reservedName,
  );
  return [`enum ${enumeration.name} {`, ...alias, ...values, ...reserved.map((l) => `  ${l}`), "}"];
}

function reservedLines(ranges: readonly string[], names: readonly string[]): string[] {
  return [
    ...(ranges.length > 0 ? [`reserved ${ranges.join(", ")};`] : []),
    ...(names.length > 0 ? [`reserved ${names.map((name) => `"${name}"`).join(", ")};`] : []),
  ];
}

function fieldLine(
  field: FieldDescriptorProto,
  desc: DescField | DescExtension | undefined,
  labelled: boolean,
): string {
  const scalar = FieldDescriptorProto_Type[field.type];
  const type = field.typeName === "" ? String(scalar).toLowerCase() : field.typeName;
  const label = labelled ? `${String(FieldDescriptorProto_Label[field.label]).toLowerCase()} ` : "";
  const options = optionTexts(field, desc);
  const suffix = options.length === 0 ? "" : ` [${options.join(", ")}]`;
  return `${label}${type} ${field.name} = ${field.number}${suffix};`;
}

function optionTexts(
  field: FieldDescriptorProto,
  desc: DescField | DescExtension | undefined,
): string[] {
  const options: string[] = [];
  if (isFieldSet(field, FieldDescriptorProtoSchema.field.defaultValue))
    options.push(`default = ${field.defaultValue}`);
  if (field.options?.deprecated === true) options.push("deprecated = true");
  if (desc !== undefined && hasOption(desc, predefined)) {
    for (const rule of getOption(desc, predefined).cel) {
      const message = rule.message === "" ? "" : ` message: ${JSON.stringify(rule.message)}`;
      options.push(
        `(predefined).cel = { id: ${JSON.stringify(rule.id)}${message} expression: ${JSON.stringify(rule.expression)} }`,
      );
    }
  }
  return options;
}

function inOneof(field: FieldDescriptorProto): boolean {
  return isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex) && !field.proto3Optional;
}

function descOf(descs: readonly DescField[], field: FieldDescriptorProto): DescField | undefined {
  return descs.find((desc) => desc.number === field.number);
}

function rangeText(start: number, end: number): string {
  return start === end ? `${start}` : `${start} to ${end >= maxFieldNumber ? "max" : end}`;
}
