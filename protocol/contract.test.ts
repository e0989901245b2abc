import type { DescMessage, DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { SignalService } from "#gen/signal/v1/signal_service";
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { accessOf, isRead, methodsByPath, scopeText } from "./access.ts";

const methods = [...methodsByPath([VaultService, TriggerService, SignalService])];
const changing = methods.filter(([, method]) => !isRead(method));
const fieldsOf = (message: DescMessage) => message.fields.map((field) => field.name);
const isOwners = (method: DescMethod) => accessOf(method).kind === "owner";

describe("the contract", () => {
  test.each(methods)("%s says who may call it and whether it changes anything", (_, method) => {
    expect(() => accessOf(method)).not.toThrow();
    expect(method.idempotency).not.toBe(MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN);
  });

  test.each(changing)("%s can be repeated under a request id", (_, method) => {
    expect(fieldsOf(method.input)).toContain("request_id");
  });

  test.each(methods.filter(([, method]) => isRead(method)))("%s takes no request id", (_, method) =>
    expect(fieldsOf(method.input)).not.toContain("request_id"),
  );

  test.each(methods.filter(([, method]) => isOwners(method)))(
    "%s carries what the owners sign",
    (_, method) => expect(fieldsOf(method.input)).toContain("act"),
  );

  test("the methods that only owners may call", () => {
    const owners = methods.filter(([, method]) => isOwners(method)).map(([, { name }]) => name);
    expect(owners.sort()).toEqual([
      "CancelRecovery",
      "ClaimVault",
      "DecideApproval",
      "GrantKey",
      "InstallSession",
      "RecoverAuthority",
      "RevokeKey",
      "RevokeSession",
      "UnfreezeVault",
      "UpdateAuthority",
      "UpdatePolicy",
    ]);
  });

  test("nothing of a vault is public", () => {
    const open = methods.filter(([, method]) => accessOf(method).kind === "public");
    expect(open.every(([path]) => path.startsWith("/metavault.signal.v1."))).toBe(true);
  });

  test("every list can be paged", () => {
    for (const [, method] of methods.filter(([, { name }]) => name.startsWith("List"))) {
      expect(fieldsOf(method.input)).toEqual(expect.arrayContaining(["page_size", "page_token"]));
      expect(fieldsOf(method.output)).toContain("next_page_token");
    }
  });

  test("scopes are written for people in lowercase", () => {
    expect(scopeText("TRIGGER_WRITE")).toBe("trigger.write");
  });
});
