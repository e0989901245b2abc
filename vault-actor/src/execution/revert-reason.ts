/** Finds the contracts' own words in what a node or bundler answers about a revert. Pure. */
import { decodeErrorResult, type Hex, parseAbi } from "viem";

/**
 * Errors that redeeming a permission can meet: of Solidity itself, the entry point, the
 * delegation manager, the account, our guard, and the libraries under them.
 */
const errorAbi = parseAbi([
  "error Error(string reason)",
  "error Panic(uint256 code)",
  "error FailedOp(uint256 opIndex, string reason)",
  "error FailedOpWithRevert(uint256 opIndex, string reason, bytes inner)",
  "error PostOpReverted(bytes returnData)",
  "error AlreadyDisabled()",
  "error BatchDataLengthMismatch()",
  "error CannotUseADisabledDelegation()",
  "error ECDSAInvalidSignature()",
  "error ECDSAInvalidSignatureLength(uint256 length)",
  "error ECDSAInvalidSignatureS(bytes32 s)",
  "error EmptySignature()",
  "error EnforcedPause()",
  "error InvalidAuthority()",
  "error InvalidDelegate()",
  "error InvalidDelegator()",
  "error InvalidEOASignature()",
  "error InvalidERC1271Signature()",
  "error ERC7579DecodingError()",
  "error ExecutionFailed()",
  "error FailedInnerCall()",
  "error AddressEmptyCode(address target)",
  "error AddressInsufficientBalance(address account)",
  "error NotDelegationManager()",
  "error NotEntryPoint()",
  "error NotEntryPointOrSelf()",
  "error UnsupportedCallType(bytes1 callType)",
  "error UnsupportedExecType(bytes1 execType)",
  "error AlreadyOpen()",
  "error NotOpen()",
  "error Mismatch()",
  "error Late(uint256 deadline)",
  "error FeedOutOfBounds(address feed, int256 answer)",
  "error FeedStale(address feed, uint256 updatedAt)",
  "error BalanceFellShort(address token, int256 change, int256 atLeast)",
  "error SafeERC20FailedOperation(address token)",
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
]);

/** What Solidity's panics mean, by code. */
const panics: Readonly<Record<number, string>> = {
  1: "an assertion failed",
  17: "arithmetic overflow",
  18: "division by zero",
  33: "not a value of the enum",
  49: "pop from an empty array",
  50: "index out of bounds",
  65: "too much memory",
};

const maxLength = 300;

/** How deep one error may be inside another. */
const maxDepth = 4;

/** The reason of a revert, at most 300 characters. The raw message when there is none. */
export function revertReason(message: string, data: unknown): string {
  const text = `${typeof data === "string" ? data : JSON.stringify(data ?? "")} ${message}`;
  for (const [found] of text.matchAll(/0x[0-9a-fA-F]{8,}/g)) {
    const words = wordsOf(found, maxDepth);
    if (words !== undefined) return words.slice(0, maxLength);
  }
  return message.slice(0, maxLength);
}

/** The words of encoded errors. An error that bytes hold inside others counts most. */
function wordsOf(hex: string, depth: number): string | undefined {
  const even = hex.length % 2 === 0 ? hex : hex.slice(0, -1);
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: errorAbi, data: even as Hex });
    if (errorName === "Error") return String(args[0]);
    if (errorName === "Panic") return panics[Number(args[0])] ?? `panic ${String(args[0])}`;
    const inner = args.find((arg) => typeof arg === "string" && /^0x[0-9a-f]{8,}$/i.test(arg));
    const deeper = depth > 0 && inner !== undefined ? wordsOf(String(inner), depth - 1) : undefined;
    const reason = errorName.startsWith("FailedOp") ? `${String(args[1])}: ` : "";
    if (deeper !== undefined) return `${reason}${deeper}`;
    if (reason !== "") return String(args[1]);
    return args.length === 0 ? errorName : `${errorName}(${args.map(String).join(", ")})`;
  } catch {
    return undefined;
  }
}
