import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { SnapshotSchema } from "#gen/signal/v1/snapshot";
import { formatEd25519KeyId } from "./proof/key-id.ts";
import { signSnapshot, verifySnapshot } from "./snapshot.ts";

async function makeFeed() {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const raw = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
  return { keyId: formatEd25519KeyId(raw), key: pair.privateKey };
}

test("a snapshot is the feed's, or it is not believed", async () => {
  const [feed, other] = [await makeFeed(), await makeFeed()];
  const signed = await signSnapshot(create(SnapshotSchema, { round: 7n }), feed);
  expect(await verifySnapshot(signed, feed.keyId)).toMatchObject({
    ok: true,
    value: { round: 7n },
  });
  expect(await verifySnapshot(signed, other.keyId)).toEqual({
    ok: false,
    error: "snapshot_foreign",
  });
  const forged = { ...(await signSnapshot(create(SnapshotSchema), other)), keyId: feed.keyId };
  expect(await verifySnapshot(forged, feed.keyId)).toEqual({
    ok: false,
    error: "snapshot_altered",
  });
  const altered = { ...signed, snapshot: new Uint8Array([...signed.snapshot, 0]) };
  expect(await verifySnapshot(altered, feed.keyId)).toEqual({
    ok: false,
    error: "snapshot_altered",
  });
});
