import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { EnforcedBy, ErrorReason, Retry } from "#gen/error/v1/error";
import { errorInfoOf, internalError, reasonName, reasonOf, toConnectError } from "./errors.ts";
import type { Reason } from "./failure.ts";
import { reject } from "./reject.ts";

const reasons = (Object.keys(ErrorReason) as (keyof typeof ErrorReason)[]).filter(
  (name): name is Reason => name !== "UNSPECIFIED",
);

describe("errors on the wire", () => {
  test.each(reasons)("%s carries its typed detail and what to do next", (reason) => {
    const failure = { reason, detail: "words", metadata: { fact: "1" } };
    const error = toConnectError(failure, "VAULT");
    const info = errorInfoOf(error);
    expect(reasonOf(error)).toBe(reason);
    expect(reasonName(ErrorReason[reason])).toBe(reason);
    expect(error.rawMessage).toBe("words");
    expect(info?.metadata).toEqual({ fact: "1" });
    expect(info?.enforcedBy).toBe(EnforcedBy.VAULT);
    expect(info?.nextStep).toMatch(/\.$/);
    expect(info?.retry).not.toBe(Retry.UNSPECIFIED);
  });

  test("a wait is told in full", () => {
    const failure = {
      reason: "RATE_LIMITED",
      detail: "",
      metadata: {},
      retryAfterMs: 1500,
    } as const;
    expect(errorInfoOf(toConnectError(failure, "VAULT"))?.retryAfter).toMatchObject({
      seconds: 1n,
      nanos: 500_000_000,
    });
  });

  test("a fault of ours does not leave with its cause", () => {
    const error = internalError("VAULT", new Error("the secret"));
    expect(error.code).toBe(Code.Internal);
    const { body } = reject("application/json", error);
    expect(new TextDecoder().decode(body as Uint8Array)).not.toContain("secret");
  });

  test("an error of somebody else has no reason", () => {
    expect(reasonOf(new ConnectError("x", Code.Internal))).toBeUndefined();
    expect(reasonOf(new Error("x"))).toBeUndefined();
    expect(reasonName(99_999)).toBeUndefined();
  });
});
