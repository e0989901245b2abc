// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.26;

/// Makes calls one after the other, for whoever asks. For tests only: it stands for an account
/// that batches, and for a hostile contract that gets control in the middle of something.
contract TestBatch {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    receive() external payable {}

    function run(Call[] calldata calls) external payable {
        for (uint256 i; i < calls.length; ++i) {
            (bool success, bytes memory result) = calls[i].target.call{value: calls[i].value}(calls[i].data);
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(result, 32), mload(result))
                }
            }
        }
    }
}
