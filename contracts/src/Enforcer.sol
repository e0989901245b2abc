// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.26;

/// The four hooks of a caveat enforcer of the delegation framework (ERC-7710, v1.3.0). All do
/// nothing here. `execution` is target (20 bytes), value (32), call data, in the single call mode.
abstract contract Enforcer {
    function beforeAllHook(bytes calldata terms, bytes calldata args, bytes32 mode, bytes calldata execution, bytes32 delegation, address delegator, address redeemer)
        external
        virtual
    {}

    function beforeHook(bytes calldata terms, bytes calldata args, bytes32 mode, bytes calldata execution, bytes32 delegation, address delegator, address redeemer)
        external
        virtual
    {}

    function afterHook(bytes calldata terms, bytes calldata args, bytes32 mode, bytes calldata execution, bytes32 delegation, address delegator, address redeemer)
        external
        virtual
    {}

    function afterAllHook(bytes calldata terms, bytes calldata args, bytes32 mode, bytes calldata execution, bytes32 delegation, address delegator, address redeemer)
        external
        virtual
    {}
}
