// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.26;

import {Balance} from "./Balance.sol";
import {Enforcer} from "./Enforcer.sol";
import {Transient} from "./Transient.sol";

/// Caps what really leaves the delegator in a token, whatever the call is: its balance before and
/// after each execution. UNAUDITED.
///
/// terms: token (20 bytes, zero: the native coin) | limit (16) | window in seconds (4)
///
/// The window rolls, exactly: each spend is an entry with its time, and those of the last `window`
/// seconds add up to `limit` at most, for each delegation and terms. One execution forgets at
/// most 64 entries that are older; what is left counts on, so whoever writes many entries makes
/// the cap tighter for a while, never wider.
///
/// What an execution brings is set off against what it takes. An allowance takes nothing here until
/// it is used outside of an execution, where nobody counts: permit no open-ended `approve`.
contract WindowSpendEnforcer is Enforcer {
    struct Window {
        uint64 head;
        uint64 tail;
        uint128 total;
    }

    struct Entry {
        uint64 time;
        uint128 amount;
    }

    uint256 private constant maxForgotten = 64;

    mapping(bytes32 key => Window) private windows;
    mapping(bytes32 key => mapping(uint256 index => Entry)) private entries;

    function beforeHook(bytes calldata terms, bytes calldata, bytes32, bytes calldata, bytes32 delegation, address delegator, address)
        external
        override
    {
        require(terms.length == 40 && windowOf(terms) != 0, "WindowSpend:terms");
        uint256 slot = uint256(keyOf(msg.sender, delegation, terms));
        require(Transient.load(slot) == 0, "WindowSpend:reentered");
        Transient.store(slot, 1);
        Transient.store(slot + 1, Balance.held(tokenOf(terms), delegator));
    }

    function afterHook(bytes calldata terms, bytes calldata, bytes32, bytes calldata, bytes32 delegation, address delegator, address)
        external
        override
    {
        bytes32 key = keyOf(msg.sender, delegation, terms);
        require(Transient.load(uint256(key)) == 1, "WindowSpend:not-begun");
        Transient.store(uint256(key), 0);
        uint256 held = Transient.load(uint256(key) + 1);
        uint256 holds = Balance.held(tokenOf(terms), delegator);
        if (holds < held) spend(key, held - holds, limitOf(terms), windowOf(terms));
    }

    /// What may leave now, in base units. `manager`: who calls the hooks, the delegation manager.
    function available(address manager, bytes32 delegation, bytes calldata terms) external view returns (uint256) {
        bytes32 key = keyOf(manager, delegation, terms);
        Window memory w = windows[key];
        uint256 total = w.total;
        for (uint256 i = w.head; i < w.tail && i < w.head + maxForgotten; ++i) {
            Entry memory e = entries[key][i];
            if (e.time + windowOf(terms) > block.timestamp) break;
            total -= e.amount;
        }
        uint256 limit = limitOf(terms);
        return total >= limit ? 0 : limit - total;
    }

    function spend(bytes32 key, uint256 amount, uint256 limit, uint256 window) private {
        Window memory w = windows[key];
        mapping(uint256 => Entry) storage list = entries[key];
        for (uint256 i; i < maxForgotten && w.head < w.tail; ++i) {
            Entry memory old = list[w.head];
            if (old.time + window > block.timestamp) break;
            w.total -= old.amount;
            delete list[w.head];
            ++w.head;
        }
        require(amount <= limit && w.total + amount <= limit, "WindowSpend:limit-exceeded");
        if (w.head < w.tail && list[w.tail - 1].time == block.timestamp) {
            list[w.tail - 1].amount += uint128(amount);
        } else {
            list[w.tail] = Entry(uint64(block.timestamp), uint128(amount));
            ++w.tail;
        }
        w.total += uint128(amount);
        windows[key] = w;
    }

    function keyOf(address manager, bytes32 delegation, bytes calldata terms) private pure returns (bytes32) {
        return keccak256(abi.encode(manager, delegation, keccak256(terms)));
    }

    function tokenOf(bytes calldata terms) private pure returns (address) {
        return address(bytes20(terms[:20]));
    }

    function limitOf(bytes calldata terms) private pure returns (uint256) {
        return uint128(bytes16(terms[20:36]));
    }

    function windowOf(bytes calldata terms) private pure returns (uint256) {
        return uint32(bytes4(terms[36:40]));
    }
}
