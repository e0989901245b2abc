// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.26;

interface IBalanceOf {
    function balanceOf(address) external view returns (uint256);
}

library Balance {
    /// What `account` has of a token, or of the native coin when `token` is the zero address.
    /// Reverts for a token without code.
    function held(address token, address account) internal view returns (uint256) {
        return token == address(0) ? account.balance : IBalanceOf(token).balanceOf(account);
    }
}
