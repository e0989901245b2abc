// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.26;

import {Enforcer} from "./Enforcer.sol";

/// Bounds 32-byte words of a call's arguments, and its native value. UNAUDITED.
///
/// terms: constraints, one after the other, all of which must hold. Each is
///   word (1 byte, counted from 0 after the selector) | n (1), then
///   n = 0:        min (32) | max (32), unsigned and inclusive
///   n = 1 to 254: n words (32 each), one of which it must be
///   n = 255:      min (32) | max (32) for the call's native value (word 0), or the length of its
///                 call data in bytes, with the selector (word 1)
/// A call that has no such word is refused.
contract ArgRangeEnforcer is Enforcer {
    function beforeHook(bytes calldata terms, bytes calldata, bytes32 mode, bytes calldata execution, bytes32, address, address)
        external
        pure
        override
    {
        // ERC-7579: a single call, and no try.
        require(uint16(bytes2(mode)) == 0, "ArgRange:mode");
        require(terms.length != 0, "ArgRange:terms");
        uint256 at;
        while (at < terms.length) {
            require(terms.length >= at + 2, "ArgRange:terms");
            uint256 word = uint8(terms[at]);
            uint256 n = uint8(terms[at + 1]);
            at += 2;
            bool ranged = n == 0 || n == 255;
            uint256 next = at + 32 * (ranged ? 2 : n);
            require(terms.length >= next && (n != 255 || word < 2), "ArgRange:terms");
            uint256 value;
            if (n != 255) value = wordAt(execution, 56 + 32 * word);
            else value = word == 0 ? wordAt(execution, 20) : execution.length - 52;
            if (ranged) {
                require(value >= wordAt(terms, at) && value <= wordAt(terms, at + 32), "ArgRange:out-of-range");
            } else {
                require(contains(terms[at:next], value), "ArgRange:not-listed");
            }
            at = next;
        }
    }

    function contains(bytes calldata words, uint256 value) private pure returns (bool) {
        for (uint256 at; at < words.length; at += 32) {
            if (wordAt(words, at) == value) return true;
        }
        return false;
    }

    function wordAt(bytes calldata data, uint256 at) private pure returns (uint256) {
        require(data.length >= at + 32, "ArgRange:short");
        return uint256(bytes32(data[at:at + 32]));
    }
}
