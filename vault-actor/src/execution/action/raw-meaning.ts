/**
 * Says what a raw call is known to do to assets. Pure.
 *
 * A raw call must not slip past the rules of a typed action: what it moves is counted, and what
 * gives power away or hides calls within a call is refused.
 */
import { decodeFunctionData, type Hex, parseAbi, toFunctionSelector } from "viem";
import type { Address } from "#protocol/names";

const moves = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function transferFrom(address from, address to, uint256 amount)",
  "function burn(uint256 amount)",
]);
const [transferItem, pullItem, burnItem] = moves.map((item) => toFunctionSelector(item));
const withdraw = parseAbi(["function withdraw(uint256 amount)"]);
const withdrawItem = toFunctionSelector(withdraw[0]);

/** What has a typed action, or none that is served. */
const refusedItems = new Set(
  parseAbi([
    "function approve(address spender, uint256 amount)",
    "function increaseAllowance(address spender, uint256 added)",
    "function decreaseAllowance(address spender, uint256 removed)",
    "function setApprovalForAll(address operator, bool approved)",
    "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
    "function permit(address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, uint8 v, bytes32 r, bytes32 s)",
    "function approve(address token, address spender, uint160 amount, uint48 expiration)",
    // ERC-677, ERC-1363 and ERC-777: a move that calls its receiver as well.
    "function transferAndCall(address to, uint256 amount)",
    "function transferAndCall(address to, uint256 amount, bytes data)",
    "function transferFromAndCall(address from, address to, uint256 amount)",
    "function transferFromAndCall(address from, address to, uint256 amount, bytes data)",
    "function approveAndCall(address spender, uint256 amount)",
    "function approveAndCall(address spender, uint256 amount, bytes data)",
    "function send(address to, uint256 amount, bytes data)",
    "function burn(uint256 amount, bytes data)",
    "function authorizeOperator(address operator)",
    // ERC-721 and ERC-1155: no limit counts them.
    "function safeTransferFrom(address from, address to, uint256 id)",
    "function safeTransferFrom(address from, address to, uint256 id, bytes data)",
    "function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data)",
    "function safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] amounts, bytes data)",
    // Calls within a call, which would be made in the vault's name without a look at them.
    "function multicall(bytes[] data)",
    "function multicall(uint256 deadline, bytes[] data)",
    "function multicall(bytes32 previousBlockhash, bytes[] data)",
    "function batch(bytes[] calls, bool revertOnFail)",
    // What changes who rules an account or a proxy.
    "function execute(bytes32 mode, bytes executionCalldata)",
    "function executeFromExecutor(bytes32 mode, bytes executionCalldata)",
    "function installModule(uint256 moduleType, address module, bytes data)",
    "function uninstallModule(uint256 moduleType, address module, bytes data)",
    "function enableModule(address module)",
    "function disableModule(address previous, address module)",
    "function setGuard(address guard)",
    "function setFallbackHandler(address handler)",
    "function execTransactionFromModule(address to, uint256 value, bytes data, uint8 operation)",
    "function delegatecall(address to, bytes data)",
    "function delegateCall(address to, bytes data)",
    "function upgradeTo(address implementation)",
    "function upgradeToAndCall(address implementation, bytes data)",
    "function redeemDelegations(bytes[] contexts, bytes32[] modes, bytes[] calldatas)",
  ]).map((item) => toFunctionSelector(item)),
);

/** What a raw call does to the token at its target. */
export type Meaning =
  | { readonly kind: "none" }
  | { readonly kind: "move"; readonly amount: bigint; readonly to: Address | undefined }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "malformed" };

/** Reads call data. `isWrapped`: the target is the wrapping of the native asset. */
export function meaningOf(data: Hex, isWrapped: boolean): Meaning {
  const selector = data.slice(0, 10) as Hex;
  if (refusedItems.has(selector)) {
    return { kind: "refused", why: "this call is made through a typed action, or not at all" };
  }
  const isWithdrawal = isWrapped && selector === withdrawItem;
  if (!isWithdrawal && ![transferItem, pullItem, burnItem].includes(selector)) {
    return { kind: "none" };
  }
  try {
    const { args } = decodeFunctionData({ abi: [...moves, ...withdraw], data });
    if (args.length === 1) return { kind: "move", amount: args[0], to: undefined };
    if (args.length === 2) {
      return { kind: "move", amount: args[1], to: args[0].toLowerCase() as Address };
    }
    return { kind: "refused", why: "tokens are pulled by nobody but their owner" };
  } catch {
    return { kind: "malformed" };
  }
}
