import { concatHex, encodeAbiParameters, type Hex, keccak256, pad, size, slice, toHex } from "viem";
import { getUserOperationHash, toPackedUserOperation } from "viem/account-abstraction";
import { describe, expect, test } from "vitest";
import {
  decodeExecute,
  encodeExecute,
  maxFeeOf,
  operationHash,
  packOperation,
  signingDigest,
  type UserOperation,
} from "./user-operation.ts";

const address = (digit: string): Hex => `0x${digit.repeat(40)}`;
const entryPoint = address("1");
const chainId = 31_337;

const plain: UserOperation = {
  sender: address("b"),
  nonce: "0x123450000000000000000",
  callData: "0xdeadbeef",
  callGasLimit: "0x64",
  verificationGasLimit: "0xc8",
  preVerificationGas: "0x12c",
  maxFeePerGas: "0xa",
  maxPriorityFeePerGas: "0x2",
  signature: "0x",
};
const deploying = { ...plain, factory: address("3"), factoryData: "0xc0de" } as const;
const paid = {
  ...plain,
  paymaster: address("9"),
  paymasterData: "0x0102",
  paymasterVerificationGasLimit: "0x3e8",
  paymasterPostOpGasLimit: "0x7d0",
} as const;
const operations: readonly (readonly [string, UserOperation])[] = [
  ["plain", plain],
  ["that deploys", deploying],
  ["that a paymaster pays", paid],
  ["with both", { ...deploying, ...paid, factory: deploying.factory }],
];

const word = (value: Hex | number) => pad(toHex(BigInt(value)));
const two = (high: Hex | number, low: Hex | number) =>
  concatHex([pad(toHex(BigInt(high)), { size: 16 }), pad(toHex(BigInt(low)), { size: 16 })]);

/** The fields of the packed operation, as ERC-4337 describes them. */
function packedByHand(o: UserOperation) {
  const initCode = o.factory === undefined ? "0x" : concatHex([o.factory, o.factoryData ?? "0x"]);
  const gas = two(o.paymasterVerificationGasLimit ?? 0, o.paymasterPostOpGasLimit ?? 0);
  return {
    initCode,
    accountGasLimits: two(o.verificationGasLimit, o.callGasLimit),
    gasFees: two(o.maxPriorityFeePerGas, o.maxFeePerGas),
    paymasterAndData:
      o.paymaster === undefined ? "0x" : concatHex([o.paymaster, gas, o.paymasterData ?? "0x"]),
  } as const;
}

function hashedFields(o: UserOperation): Hex {
  const { initCode, accountGasLimits, gasFees, paymasterAndData } = packedByHand(o);
  return concatHex([
    pad(o.sender),
    word(o.nonce),
    keccak256(initCode),
    keccak256(o.callData),
    accountGasLimits,
    word(o.preVerificationGas),
    gasFees,
    keccak256(paymasterAndData),
  ]);
}

function domain(name: string, verifyingContract: Hex): Hex {
  const type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
  const texts = [type, name, "1"].map((text) => keccak256(toHex(text)));
  return keccak256(concatHex([...texts, word(chainId), pad(verifyingContract)]));
}

const typed = (separator: Hex, struct: Hex) =>
  keccak256(concatHex(["0x1901", separator, keccak256(struct)]));

const structType = (more: string) =>
  keccak256(
    toHex(
      `PackedUserOperation(address sender,uint256 nonce,bytes initCode,bytes callData,bytes32 accountGasLimits,uint256 preVerificationGas,bytes32 gasFees,bytes paymasterAndData${more})`,
    ),
  );

/** As the standard and the contract describe the hashes, without a library. */
const byHand = {
  "0.7": (o: UserOperation) =>
    keccak256(
      encodeAbiParameters(
        [{ type: "bytes32" }, { type: "address" }, { type: "uint256" }],
        [keccak256(hashedFields(o)), entryPoint, BigInt(chainId)],
      ),
    ),
  "0.8": (o: UserOperation) =>
    typed(domain("ERC4337", entryPoint), concatHex([structType(""), hashedFields(o)])),
};

describe.each(operations)("an operation %s", (_, operation) => {
  test("packs as the standard says, and as viem does", () => {
    const packed = packOperation(operation);
    expect(packed).toMatchObject(packedByHand(operation));
    expect(packed).toEqual(toPackedUserOperation(viemOf(operation)));
  });

  test.each(["0.7", "0.8"] as const)("has the hash of EntryPoint %s", (version) => {
    const hash = operationHash(operation, entryPoint, chainId, version);
    expect(hash).toBe(byHand[version](operation));
    expect(hash).toBe(
      getUserOperationHash({
        userOperation: viemOf(operation),
        entryPointAddress: entryPoint,
        entryPointVersion: version,
        chainId,
      }),
    );
  });

  test("is signed as the account's own typed data, which names the entry point", () => {
    expect(signingDigest(operation, entryPoint, chainId)).toBe(
      typed(
        domain("HybridDeleGator", operation.sender),
        concatHex([structType(",address entryPoint"), hashedFields(operation), pad(entryPoint)]),
      ),
    );
  });
});

describe("fields of an operation", () => {
  test("each changes every hash", () => {
    const changes: Partial<UserOperation>[] = [
      { nonce: "0x1" },
      { callData: "0x01" },
      { callGasLimit: "0x1" },
      { maxFeePerGas: "0x1" },
      { paymaster: address("8") },
      { paymasterData: "0x" },
      { paymasterVerificationGasLimit: "0x1" },
      { paymasterPostOpGasLimit: "0x1" },
    ];
    const digests = [{}, ...changes].flatMap((change) => {
      const operation = { ...paid, ...change };
      return [
        operationHash(operation, entryPoint, chainId, "0.7"),
        operationHash(operation, entryPoint, chainId, "0.8"),
        signingDigest(operation, entryPoint, chainId),
      ];
    });
    expect(new Set(digests).size).toBe(3 * (changes.length + 1));
  });

  test("what a paymaster may use counts in the most that it costs", () => {
    expect(maxFeeOf(plain)).toBe((100n + 200n + 300n) * 10n);
    expect(maxFeeOf(paid)).toBe((100n + 200n + 300n + 1_000n + 2_000n) * 10n);
  });

  test("the call of the account is read back", () => {
    const callData = encodeExecute(address("2"), "0xabcdef");
    expect(decodeExecute(callData)).toEqual([
      { target: address("2"), value: 0n, data: "0xabcdef" },
    ]);
  });

  test("the paymaster's address comes first, then its two limits of 16 bytes, then its data", () => {
    const { paymasterAndData } = packOperation(paid);
    expect(slice(paymasterAndData, 0, 20)).toBe(paid.paymaster);
    expect(slice(paymasterAndData, 52)).toBe(paid.paymasterData);
    expect(size(paymasterAndData)).toBe(54);
  });
});

function viemOf(o: UserOperation) {
  const { paymasterVerificationGasLimit: verification, paymasterPostOpGasLimit: after } = o;
  const { factory, factoryData, paymaster, paymasterData } = o;
  return {
    sender: o.sender,
    nonce: BigInt(o.nonce),
    ...(factory === undefined ? {} : { factory, factoryData: factoryData ?? "0x" }),
    callData: o.callData,
    callGasLimit: BigInt(o.callGasLimit),
    verificationGasLimit: BigInt(o.verificationGasLimit),
    preVerificationGas: BigInt(o.preVerificationGas),
    maxFeePerGas: BigInt(o.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(o.maxPriorityFeePerGas),
    ...(paymaster === undefined
      ? {}
      : {
          paymaster,
          paymasterData: paymasterData ?? "0x",
          paymasterVerificationGasLimit: BigInt(verification ?? 0),
          paymasterPostOpGasLimit: BigInt(after ?? 0),
        }),
    signature: o.signature,
  } as const;
}
