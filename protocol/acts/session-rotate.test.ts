import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { actDigest, typedData } from "./act.ts";
import { sessionRotateAct } from "./session-rotate.ts";
import { sessionInstallAct } from "./vault-acts.ts";

const vaultId = "eip155:1:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";
const consent = {
  actId: `0x${"01".repeat(32)}`,
  expireTime: timestampFromMs(1_800_000_000_000),
  epoch: 1n,
};
const session = {
  name: `vaults/${vaultId}/sessions/new`,
  keyAddress: `0x${"1".repeat(40)}`,
  account: `eip155:1:0x${"2".repeat(40)}`,
};
const replaces = { name: `vaults/${vaultId}/sessions/old`, keyAddress: `0x${"3".repeat(40)}` };
const permission = { hash: `0x${"4".repeat(64)}`, expiresSeconds: 1_800_000_000n } as const;
const digest = (change: { replaces?: object; session?: object; permission?: object } = {}) =>
  actDigest(
    sessionRotateAct(
      vaultId,
      { ...session, ...change.session },
      { ...replaces, ...change.replaces },
      { ...permission, ...change.permission },
      consent,
    ),
    1,
  );

test("a wallet shows both sessions, in words and by key", () => {
  const act = sessionRotateAct(vaultId, session, replaces, permission, consent);
  expect(typedData(act, 1)).toMatchObject({
    primaryType: "SessionRotate",
    message: {
      statement: expect.stringContaining("stop using the old session for good"),
      session: session.name,
      sessionKey: session.keyAddress,
      replaces: replaces.name,
      replacedKey: replaces.keyAddress,
    },
  });
});

test.each([
  ["another session that is replaced", { replaces: { name: `vaults/${vaultId}/sessions/x` } }],
  ["another key that is replaced", { replaces: { keyAddress: `0x${"9".repeat(40)}` } }],
  ["another new key", { session: { keyAddress: `0x${"9".repeat(40)}` } }],
  ["another permission", { permission: { hash: `0x${"5".repeat(64)}` } }],
])("%s is another act", (_, change) => {
  expect(digest(change)).not.toBe(digest());
});

test("the consent to an install is none to a rotation", () => {
  const install = actDigest(sessionInstallAct(vaultId, session, permission, consent), 1);
  expect(install).not.toBe(digest());
});
