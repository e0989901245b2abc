// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.26;

/// Words that live for one transaction (EIP-1153). A frame that reverts takes its words back.
library Transient {
    function load(uint256 slot) internal view returns (uint256 value) {
        assembly ("memory-safe") {
            value := tload(slot)
        }
    }

    function store(uint256 slot, uint256 value) internal {
        assembly ("memory-safe") {
            tstore(slot, value)
        }
    }
}
