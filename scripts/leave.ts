/**
 * `npm run -s leave -- <settings.json>`: leaves an account with the owner's key and a node alone.
 *
 * The key is read from the variable OWNER_KEY, never from arguments. docs/leaving.md has the steps.
 */
import { readFileSync } from "node:fs";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { bytesToHex, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { leave } from "#client/leave";
import { termsOf } from "#client/permission";
import { DelegationSchema } from "#gen/vault/v1/session";
import type { Address } from "#protocol/names";

type Settings = {
  readonly rpcUrl: string;
  readonly account: Address;
  readonly entryPoint: Address;
  readonly delegationManager: Address;
  readonly nonceEnforcer?: Address;
  readonly permissions?: readonly JsonValue[];
  readonly tokens?: readonly Address[];
  readonly to: Address;
};

const [file] = process.argv.slice(2);
const secret = process.env.OWNER_KEY;
if (file === undefined || !/^0x[0-9a-f]{64}$/.test(secret ?? "")) {
  console.error("usage: OWNER_KEY=0x… npm run -s leave -- <settings.json>");
  process.exit(2);
}
const settings = JSON.parse(readFileSync(file, "utf8")) as Settings;
const permissions = (settings.permissions ?? []).map((json) => {
  const { delegate, delegator, authority, caveats, salt, signature } = fromJson(
    DelegationSchema,
    json,
  );
  return {
    delegate: delegate as Address,
    delegator: delegator as Address,
    authority: authority as Hex,
    caveats: termsOf(caveats),
    salt: BigInt(salt),
    signature: bytesToHex(signature),
  };
});
const hash = await leave({
  ...settings,
  owner: privateKeyToAccount(secret as Hex),
  nonceEnforcer: settings.nonceEnforcer,
  permissions,
  tokens: settings.tokens ?? [],
});
console.log(hash);
