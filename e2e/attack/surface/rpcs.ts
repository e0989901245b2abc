/**
 * Every RPC of the public contract, read from the generated descriptors.
 *
 * The folder is read, not a list: an RPC that is added to the contract is attacked without
 * being named here.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { accessOf, isRead, type MethodAccess, methodsByPath } from "#protocol/access";
import { root } from "../../stack/instance.ts";

/** One RPC. */
export type Rpc = {
  readonly path: string;
  /** `VaultService.GetVault`. */
  readonly name: string;
  readonly method: DescMethod;
  readonly access: MethodAccess;
  /** Whether it changes nothing. */
  readonly reads: boolean;
  readonly streams: boolean;
};

const folder = join(root, "gen/es/metavault");

/** Reads all public RPCs, in the order of their paths. */
export async function readRpcs(): Promise<readonly Rpc[]> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const modules = await Promise.all(
    files.filter((file) => file.endsWith("_pb.ts")).map((file) => import(join(folder, file))),
  );
  const services = modules
    .flatMap((module) => Object.values(module as Record<string, unknown>))
    .filter(isService)
    // What is never routed from outside has no method that a caller could reach.
    .filter((service) => !service.typeName.startsWith("metavault.internal."));
  return [...methodsByPath(services)]
    .map(([path, method]) => toRpc(path, method))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The RPC with a name, such as `GetVault`. Throws when the contract has none. */
export function rpcNamed(rpcs: readonly Rpc[], name: string): Rpc {
  const rpc = rpcs.find(({ method }) => method.name === name);
  if (rpc === undefined) throw new Error(`the contract has no ${name}`);
  return rpc;
}

function toRpc(path: string, method: DescMethod): Rpc {
  return {
    path,
    name: `${method.parent.name}.${method.name}`,
    method,
    access: accessOf(method),
    reads: isRead(method),
    streams: method.methodKind !== "unary",
  };
}

function isService(value: unknown): value is DescService {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "service";
}
