import { timestampMs } from "@bufbuild/protobuf/wkt";
import { hexToBytes } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { actDigest } from "#protocol/acts/act";
import { unfreezeAct } from "#protocol/acts/vault-acts";
import { recoverSigner } from "#protocol/proof/eip191";
import { formatP256KeyId } from "#protocol/proof/key-id";
import { consentOf, contractMember, passkeyId, passkeyMember, walletMember } from "./member.ts";

const chainId = 31_337;
const vault = `eip155:${chainId}:0x${"1".repeat(40)}`;
const options = { chainId, epoch: 4n, nowMs: 1_800_000_000_123 };

test("members sign one digest, each with its own kind of proof", async () => {
  const wallet = privateKeyToAccount(generatePrivateKey());
  const challenges: Uint8Array[] = [];
  const bytes = (n: number) => new Uint8Array([n]).buffer;
  const passkey = passkeyMember("p256:x", async (challenge) => {
    challenges.push(challenge);
    return { authenticatorData: bytes(1), clientDataJSON: bytes(2), signature: bytes(3) };
  });
  const contract = contractMember(`0x${"A".repeat(40)}`, chainId, async () => "0x0102");
  const members = [walletMember(wallet, chainId), passkey, contract];
  const build = unfreezeAct.bind(undefined, vault);
  const act = await consentOf(members, build, options);

  expect(act.epoch).toBe(4n);
  expect(act.expireTime === undefined ? 0 : timestampMs(act.expireTime)).toBe(1_800_000_600_000);
  const digest = hexToBytes(actDigest(build(act), chainId));
  const [eip712, webauthn, erc1271] = act.proofs;
  expect(eip712?.member).toBe(`eip155:${chainId}:${wallet.address.toLowerCase()}`);
  expect(recoverSigner(digest, eip712?.proof.value as Uint8Array)).toBe(
    wallet.address.toLowerCase(),
  );
  expect(challenges.map((c) => [...c])).toEqual([[...digest]]);
  expect(webauthn?.proof).toMatchObject({
    case: "webauthn",
    value: { signature: new Uint8Array([3]) },
  });
  expect(erc1271).toMatchObject({
    member: `eip155:${chainId}:0x${"a".repeat(40)}`,
    proof: { case: "erc1271", value: new Uint8Array([1, 2]) },
  });
});

test("no two consents are the same act", async () => {
  const member = walletMember(privateKeyToAccount(generatePrivateKey()), chainId);
  const make = () => consentOf([member], unfreezeAct.bind(undefined, vault), options);
  expect((await make()).actId).not.toBe((await make()).actId);
});

test("a new passkey's id is read from what the browser gives, and only of P-256", async () => {
  const spkiOf = async (namedCurve: string) => {
    const algorithm = { name: "ECDSA", namedCurve };
    const pair = (await crypto.subtle.generateKey(algorithm, true, [
      "sign",
      "verify",
    ])) as CryptoKeyPair;
    const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
    const spki = (await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer;
    return { raw: new Uint8Array(raw), spki };
  };
  const { raw, spki } = await spkiOf("P-256");
  expect(await passkeyId(spki)).toBe(formatP256KeyId(raw));
  expect(await passkeyId((await spkiOf("P-384")).spki)).toBeUndefined();
  expect(await passkeyId(new Uint8Array([1, 2]).buffer)).toBeUndefined();
});
