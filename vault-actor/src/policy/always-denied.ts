/**
 * The calls that no policy allows: what gives power away that is used later, outside of any
 * operation that a policy sees. Pure.
 */
import { parseAbi, toFunctionSelector } from "viem";

/** `approve` of a token: allowed as an exact allowance only. */
export const approveSelector = "0x095ea7b3";

const allowances = parseAbi([
  "function increaseAllowance(address spender, uint256 added)",
  "function increaseApproval(address spender, uint256 added)",
  "function setApprovalForAll(address operator, bool approved)",
  "function setOperator(address operator, bool approved)",
  "function authorizeOperator(address operator)",
  "function approveAndCall(address spender, uint256 amount, bytes data)",
  "function approveAndCall(address spender, uint256 amount)",
  // EIP-2612, DAI, ERC-1271 permits, ERC-721 permits.
  "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
  "function permit(address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, uint8 v, bytes32 r, bytes32 s)",
  "function permit(address owner, address spender, uint256 value, uint256 deadline, bytes signature)",
  "function permit(address spender, uint256 tokenId, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
  // Permit2.
  "function approve(address token, address spender, uint160 amount, uint48 expiration)",
  "struct Details { address token; uint160 amount; uint48 expiration; uint48 nonce; }",
  "struct Single { Details details; address spender; uint256 sigDeadline; }",
  "struct Batch { Details[] details; address spender; uint256 sigDeadline; }",
  "function permit(address owner, Single permitSingle, bytes signature)",
  "function permit(address owner, Batch permitBatch, bytes signature)",
]);

const accountChanges = parseAbi([
  // Safe.
  "function enableModule(address module)",
  "function disableModule(address previous, address module)",
  "function setGuard(address guard)",
  "function setModuleGuard(address guard)",
  "function setFallbackHandler(address handler)",
  "function execTransactionFromModule(address to, uint256 value, bytes data, uint8 operation)",
  "function execTransactionFromModuleReturnData(address to, uint256 value, bytes data, uint8 operation)",
  // ERC-7579.
  "function installModule(uint256 moduleType, address module, bytes data)",
  "function uninstallModule(uint256 moduleType, address module, bytes data)",
  "function execute(bytes32 mode, bytes calldata executionCalldata)",
  "function executeFromExecutor(bytes32 mode, bytes calldata executionCalldata)",
  // Proxies and delegations.
  "function upgradeTo(address implementation)",
  "function upgradeToAndCall(address implementation, bytes data)",
  "function redeemDelegations(bytes[] contexts, bytes32[] modes, bytes[] calldatas)",
]);

const allowanceSelectors = selectorsOf(allowances);
const accountSelectors = selectorsOf(accountChanges);

/** The rule that denies a selector to everybody, if one does. */
export function alwaysDenied(selector: string): "approval" | "account" | undefined {
  if (allowanceSelectors.has(selector)) return "approval";
  return accountSelectors.has(selector) ? "account" : undefined;
}

/**
 * Whether an allowance has no bound in effect: from 2^128 on, and 2^96 - 1, which some tokens take
 * for one without end.
 */
export function isUnbounded(amount: bigint): boolean {
  return amount >= 1n << 128n || amount === (1n << 96n) - 1n;
}

/** The addresses at which entry points live on every chain: 0.6, 0.7, 0.8 and 0.9. */
const entryPoints = new Set([
  "0x5ff137d4b0fdcd49dca30c7cf57e578a026d2789",
  "0x0000000071727de22e5e9d8baf0edac6f37da032",
  "0x4337084d9e255ff0702461cf8895ce9e3b5ff108",
  "0x433709009b8330fda32311df1c2afa402ed8d009",
]);

/** Whether a target (CAIP-10) is an entry point. */
export function isEntryPoint(target: string): boolean {
  return entryPoints.has(target.slice(target.lastIndexOf(":") + 1));
}

function selectorsOf(abi: readonly Parameters<typeof toFunctionSelector>[0][]) {
  return new Set<string>(abi.map((item) => toFunctionSelector(item)));
}
