// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.26;

import {Balance} from "./Balance.sol";
import {IPriceFeed} from "./IPriceFeed.sol";
import {Transient} from "./Transient.sol";

/// Checks on chain that one operation does what its intent says. UNAUDITED.
///
/// A session account calls `begin`, does what it does, and calls `end`, all in one operation: when
/// an account's balances did not change as they must have, everything is reverted. Each caller has
/// one pair at a time, in transient storage (EIP-1153); a second `begin`, an `end` without one, and
/// an `end` for another account or other tokens revert. Whoever gets control in between is another
/// caller, whose pairs are its own.
///
/// A `begin` that is never ended checks time and feeds only, and blocks its caller for the rest
/// of the transaction. The guard holds no funds and no rights.
contract IntentGuard {
    struct Feed {
        address feed;
        int256 min;
        int256 max;
        uint256 maxAge;
    }

    error AlreadyOpen();
    error NotOpen();
    error Mismatch();
    error Late(uint256 deadline);
    error FeedOutOfBounds(address feed, int256 answer);
    error FeedStale(address feed, uint256 updatedAt);
    error BalanceFellShort(address token, int256 change, int256 atLeast);

    /// Notes what `account` has of `tokens` (zero address: the native coin).
    /// `deadline`: the latest block time, in seconds. `feeds`: what price feeds must say now.
    function begin(
        address account,
        address[] calldata tokens,
        uint256 deadline,
        Feed[] calldata feeds
    ) external {
        if (block.timestamp > deadline) revert Late(deadline);
        for (uint256 i; i < feeds.length; ++i) checkFeed(feeds[i]);
        uint256 slot = slotOf(msg.sender);
        if (Transient.load(slot) != 0) revert AlreadyOpen();
        Transient.store(slot, digest(account, tokens));
        for (uint256 i; i < tokens.length; ++i) {
            Transient.store(slot + 1 + i, Balance.held(tokens[i], account));
        }
    }

    /// Reverts unless `account`'s balance of each token changed by `minDelta` at least since
    /// `begin`; below zero: it may have fallen by so much.
    function end(address account, address[] calldata tokens, int256[] calldata minDelta) external {
        uint256 slot = slotOf(msg.sender);
        uint256 opened = Transient.load(slot);
        if (opened == 0) revert NotOpen();
        if (opened != digest(account, tokens) || minDelta.length != tokens.length) {
            revert Mismatch();
        }
        Transient.store(slot, 0);
        for (uint256 i; i < tokens.length; ++i) {
            // The checked conversions below revert on a balance of 2^255 or more.
            int256 change = signed(Balance.held(tokens[i], account)) - signed(Transient.load(slot + 1 + i));
            if (change < minDelta[i]) revert BalanceFellShort(tokens[i], change, minDelta[i]);
        }
    }

    function checkFeed(Feed calldata f) private view {
        (, int256 answer,, uint256 updatedAt,) = IPriceFeed(f.feed).latestRoundData();
        if (answer <= 0 || answer < f.min || answer > f.max) {
            revert FeedOutOfBounds(f.feed, answer);
        }
        if (updatedAt > block.timestamp || block.timestamp - updatedAt > f.maxAge) {
            revert FeedStale(f.feed, updatedAt);
        }
    }

    /// Never zero but by a preimage.
    function digest(address account, address[] calldata tokens) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(account, tokens)));
    }

    function slotOf(address caller) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(caller)));
    }

    function signed(uint256 value) private pure returns (int256) {
        require(value <= uint256(type(int256).max), "IntentGuard:balance");
        return int256(value);
    }
}
