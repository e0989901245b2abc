/** Deploys contracts to a local chain. */
import { type Abi, concatHex, getContractAddress, type Hex } from "viem";
import type { Address } from "#protocol/names";
import { devAccount, roles } from "./accounts.ts";
import type { LocalChain } from "./node.ts";

/** The deployer that is at the same address on every chain (EIP-1014 proxy). */
const deterministicDeployer = "0x4e59b44847b379578588920ca78fbf26c0b4956c";

/** Deploys a contract. Returns its address in lowercase. */
export async function deploy(
  chain: LocalChain,
  { abi, bytecode }: { readonly abi: Abi; readonly bytecode: Hex },
  args: readonly unknown[] = [],
): Promise<Address> {
  const wallet = chain.wallet(devAccount(roles.deployer));
  const hash = await wallet.deployContract({ abi, bytecode, args });
  const receipt = await chain.reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success" || !receipt.contractAddress)
    throw new Error("a deployment failed");
  return receipt.contractAddress.toLowerCase() as Address;
}

/** Deploys a contract where its code and salt put it (CREATE2). */
export async function deployDeterministic(
  chain: LocalChain,
  bytecode: Hex,
  salt: Hex,
): Promise<Address> {
  const address = getContractAddress({
    opcode: "CREATE2",
    from: deterministicDeployer,
    salt,
    bytecode,
  });
  const wallet = chain.wallet(devAccount(roles.deployer));
  const hash = await wallet.sendTransaction({
    to: deterministicDeployer,
    data: concatHex([salt, bytecode]),
    gas: 12_000_000n,
  });
  const receipt = await chain.reader.waitForTransactionReceipt({ hash });
  const code = await chain.reader.getCode({ address });
  if (receipt.status !== "success" || code === undefined) throw new Error("a deployment failed");
  return address.toLowerCase() as Address;
}
