/**
 * A stand-in for a paymaster's web service (ERC-7677), before a real VerifyingPaymaster of the
 * reference implementation. It pays for everybody; a real service has rules of its own.
 */
import { createServer } from "node:http";
import { concatHex, encodeAbiParameters, type Hex, parseAbi, parseEther, toHex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import type { Address } from "#protocol/names";
import {
  packOperation,
  placeholderSignature,
  type UserOperation,
} from "../../vault-actor/src/execution/user-operation.ts";
import { devAccount, roles } from "./chain/accounts.ts";
import { artifact } from "./chain/artifacts.ts";
import { deploy } from "./chain/deploy.ts";
import type { LocalChain } from "./chain/node.ts";

/** A running service. */
export type Paymaster = {
  readonly url: string;
  readonly address: Address;
  /** Has it answer nothing but errors, or work again. */
  readonly setDown: (isDown: boolean) => void;
  /** How often it agreed to pay. */
  readonly consents: () => number;
  readonly close: () => Promise<void>;
};

const abi = parseAbi([
  "struct PackedUserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; bytes32 accountGasLimits; uint256 preVerificationGas; bytes32 gasFees; bytes paymasterAndData; bytes signature; }",
  "function getHash(PackedUserOperation userOp, uint48 validUntil, uint48 validAfter) view returns (bytes32)",
  "function deposit() payable",
]);

/** Valid until and after: for ever. */
const forEver = encodeAbiParameters([{ type: "uint48" }, { type: "uint48" }], [0, 0]);

/** Deploys the paymaster with a deposit of 10 ether, and starts the service in this process. */
export async function startPaymaster(chain: LocalChain, entryPoint: Address): Promise<Paymaster> {
  const signer = privateKeyToAccount(generatePrivateKey());
  const contract = artifact("@account-abstraction/contracts/artifacts/VerifyingPaymaster.json");
  const address = await deploy(chain, contract, [entryPoint, signer.address]);
  const wallet = chain.wallet(devAccount(roles.deployer));
  const value = parseEther("10");
  const hash = await wallet.writeContract({ address, abi, functionName: "deposit", value });
  await chain.reader.waitForTransactionReceipt({ hash });

  const fields = (signature: Hex) => ({
    paymaster: address,
    paymasterData: concatHex([forEver, signature]),
    paymasterVerificationGasLimit: toHex(100_000),
    paymasterPostOpGasLimit: toHex(1),
  });
  const consentTo = async (operation: UserOperation) => {
    const packed = packOperation({ ...operation, ...fields("0x") });
    const args = [packed, 0, 0] as const;
    const raw = await chain.reader.readContract({ address, abi, functionName: "getHash", args });
    return fields(await signer.signMessage({ message: { raw } }));
  };

  let [isDown, consents] = [false, 0];
  const answerTo = async (method: string, operation: UserOperation) => {
    if (method === "pm_getPaymasterStubData") return fields(placeholderSignature);
    consents += 1;
    return consentTo(operation);
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
      id: unknown;
      method: string;
      params: readonly [UserOperation, Address, Hex, unknown];
    };
    if (isDown) response.statusCode = 503;
    const result = isDown ? null : await answerTo(method, params[0]);
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/`,
    address,
    setDown(next) {
      isDown = next;
    },
    consents: () => consents,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
