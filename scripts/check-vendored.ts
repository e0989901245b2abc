/** Proves that the vendored validate.proto compiles to the descriptor that npm ships. */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate as shipped } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const ignored = new Set(["jsonName", "sourceCodeInfo", "name_of_file"]);

/** Throws when the two differ in anything but comments, JSON names and order of declarations. */
export function checkVendored(): void {
  const image = ".metavault-validate.binpb";
  try {
    execFileSync("buf", [
      "build",
      "third_party/protovalidate",
      "--as-file-descriptor-set",
      "-o",
      image,
    ]);
    const set = fromBinary(FileDescriptorSetSchema, readFileSync(image));
    const built = set.file.find((file) => file.name.endsWith("validate/validate.proto"));
    if (built === undefined || canonical(built) !== canonical(shipped.proto)) {
      throw new Error("third_party/protovalidate differs from npm: run `npm run generate`");
    }
  } finally {
    rmSync(image, { force: true });
  }
}

function canonical(file: FileDescriptorProto): string {
  const json = toJson(FileDescriptorProtoSchema, file, { registry: createRegistry(shipped) });
  const { name: _, options: __, ...rest } = json as Record<string, unknown>;
  return JSON.stringify(sorted(rest));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(sorted).sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !ignored.has(key));
  return Object.fromEntries(
    entries.sort(([a], [b]) => compare(a, b)).map(([key, v]) => [key, sorted(v)]),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
