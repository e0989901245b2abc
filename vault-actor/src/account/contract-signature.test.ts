import { bytesToHex, hexToBytes } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import type { Address } from "#protocol/names";
import { type FakeAccount, FakeNodes, magic, signedBy } from "../../test/support/fake-nodes.ts";
import { testChain } from "../../test/support/test-chain.ts";
import type { Member } from "../identity/authority.ts";
import type { MemberProof } from "../identity/proof.ts";
import { createContractCheck } from "./contract-signature.ts";
import { createAsk } from "./quorum.ts";

const contract: Address = `0x${"cc".repeat(20)}`;
const member: Member = { kind: "CONTRACT", id: `eip155:1:${contract}`, role: "OWNER" };
const digest = new Uint8Array(32).fill(7);
const signer = privateKeyToAccount(generatePrivateKey());
const signature = new Uint8Array(hexToBytes(await signer.sign({ hash: bytesToHex(digest) })));
const owner = signer.address.toLowerCase() as Address;

function checker(account?: FakeAccount) {
  const nodes = new FakeNodes();
  if (account !== undefined) nodes.accounts.set(contract, account);
  const urls = ["http://a.test/", "http://b.test/", "http://c.test/"];
  const chain = { ...testChain(1), rpcUrls: urls, quorum: 2 };
  const deps = { fetch: nodes.fetch, onDisagreement: () => undefined };
  const check = createContractCheck({
    chains: new Map([[1, chain]]),
    ask: () => createAsk(deps, chain),
  });
  const proof = (bytes: Uint8Array<ArrayBuffer>): MemberProof => ({
    kind: "erc1271",
    member: member.id,
    signature: bytes,
  });
  return {
    nodes,
    urls,
    check,
    proof,
    run: (bytes = signature) => check(proof(bytes), member, digest),
  };
}

const says = (value: `0x${string}` | undefined): FakeAccount => ({
  code: "0x60",
  judge: () => value,
});

describe("a contract's signature", () => {
  test("is valid when the contract accepts it", async () => {
    expect(await checker({ code: "0x60", judge: signedBy(owner) }).run()).toBe("valid");
  });

  test.each<[string, FakeAccount | undefined]>([
    ["another key signed", { code: "0x60", judge: signedBy(contract) }],
    ["the contract reverts", says(undefined)],
    ["the answer is empty", says("0x")],
    ["the magic value is not padded", says("0x1626ba7e")],
    ["the magic value is padded on the left", says(`0x${"0".repeat(56)}1626ba7e`)],
    ["something follows the magic value", says(`0x1626ba7e${"0".repeat(55)}1`)],
    ["two words are returned", says(`${magic}${"0".repeat(64)}`)],
    ["the value is another", says(`0xffffffff${"0".repeat(56)}`)],
    ["the value is the one of ERC-1654", says(`0x20c13b0b${"0".repeat(56)}`)],
    ["the answer is true", says(`0x${"0".repeat(63)}1`)],
    // An Ethereum key's own good signature: there is no second way to accept it.
    ["there is no code", undefined],
    ["there is no code, and the node says that it accepts", { ...says(magic), code: "0x" }],
  ])("is invalid when %s", async (_, account) => {
    expect(await checker(account).run()).toBe("invalid");
  });

  test("that brings its deployment along is refused, and nobody is asked", async () => {
    const { nodes, run } = checker(says(magic));
    const wrapped = new Uint8Array([...signature, ...hexToBytes(`0x${"6492".repeat(16)}`)]);
    expect(await run(wrapped)).toBe("invalid");
    expect(nodes.asked).toEqual([]);
  });

  test("one lying node of three decides nothing; two that differ make no answer", async () => {
    const { nodes, urls, run } = checker({ code: "0x60", judge: signedBy(contract) });
    const accept = () => Response.json({ result: magic });
    const isCall = (method: string) => (method === "eth_call" ? accept() : undefined);
    nodes.faults.set(urls[0] ?? "", isCall);
    expect(await run()).toBe("invalid");
    nodes.faults.set(urls[1] ?? "", () => Response.json({}, { status: 503 }));
    expect(await run()).toBe("unavailable");
    nodes.faults.set(urls[2] ?? "", () => Response.json({}, { status: 503 }));
    expect(await run()).toBe("unavailable");
  });

  test("is no other member's or other kind's to give", async () => {
    const { check, proof } = checker(says(magic));
    const key: MemberProof = { kind: "eip712", member: member.id, signature };
    expect(await check(key, member, digest)).toBe("invalid");
    const passkey: Member = { ...member, kind: "WEBAUTHN" };
    expect(await check(proof(signature), passkey, digest)).toBe("unsupported");
    const elsewhere: Member = { ...member, id: `eip155:5:${contract}` };
    expect(await check(proof(signature), elsewhere, digest)).toBe("unsupported");
    expect(await check(proof(signature), { ...member, id: "eip155:1:0x1" }, digest)).toBe(
      "invalid",
    );
  });
});
