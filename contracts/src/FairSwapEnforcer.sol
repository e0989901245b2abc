// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.26;

import {Balance} from "./Balance.sol";
import {Enforcer} from "./Enforcer.sol";
import {IPriceFeed} from "./IPriceFeed.sol";
import {Transient} from "./Transient.sol";

interface IDecimals {
    function decimals() external view returns (uint8);
}

/// Lets an execution take no more value than it brings, less a tolerance, at the prices of feeds: a
/// swap with no least output, into a pool that was moved, is reverted. UNAUDITED.
///
/// terms: most that may be lost of what leaves, in basis points (2 bytes), then 1 to 16 assets:
///   token (20, zero: the native coin) | its price feed (20) | the feed's maximum age in seconds (4)
///
/// All feeds must price in the same unit. What is not listed is worth nothing when it comes and costs
/// nothing when it leaves: cap those that can leave with WindowSpendEnforcer. Only feeds
/// of assets whose balance changed are read. It can't tell a bad price that all feeds share.
contract FairSwapEnforcer is Enforcer {
    uint256 private constant assetLength = 44;

    function beforeHook(bytes calldata terms, bytes calldata, bytes32, bytes calldata, bytes32 delegation, address delegator, address)
        external
        override
    {
        uint256 count = countOf(terms);
        uint256 slot = slotOf(delegation, terms);
        require(Transient.load(slot) == 0, "FairSwap:reentered");
        Transient.store(slot, 1);
        for (uint256 i; i < count; ++i) {
            Transient.store(slot + 1 + i, Balance.held(tokenAt(terms, i), delegator));
        }
    }

    function afterHook(bytes calldata terms, bytes calldata, bytes32, bytes calldata, bytes32 delegation, address delegator, address)
        external
        override
    {
        uint256 slot = slotOf(delegation, terms);
        require(Transient.load(slot) == 1, "FairSwap:not-begun");
        Transient.store(slot, 0);
        uint256 count = countOf(terms);
        uint256 lost;
        uint256 gained;
        for (uint256 i; i < count; ++i) {
            uint256 held = Transient.load(slot + 1 + i);
            uint256 holds = Balance.held(tokenAt(terms, i), delegator);
            if (holds < held) lost += worth(terms, i, held - holds);
            else if (holds > held) gained += worth(terms, i, holds - held);
        }
        uint256 lossBps = uint16(bytes2(terms[:2]));
        require(gained * 10_000 >= lost * (10_000 - lossBps), "FairSwap:bad-rate");
    }

    /// An amount's worth in the feeds' unit, with 36 decimals.
    function worth(bytes calldata terms, uint256 i, uint256 amount) private view returns (uint256) {
        uint256 at = 2 + assetLength * i;
        address token = tokenAt(terms, i);
        IPriceFeed feed = IPriceFeed(address(bytes20(terms[at + 20:at + 40])));
        uint256 maxAge = uint32(bytes4(terms[at + 40:at + 44]));
        (, int256 answer,, uint256 updatedAt,) = feed.latestRoundData();
        require(
            answer > 0 && updatedAt <= block.timestamp && block.timestamp - updatedAt <= maxAge,
            "FairSwap:stale"
        );
        uint256 places = feed.decimals() + (token == address(0) ? 18 : IDecimals(token).decimals());
        require(places <= 36, "FairSwap:decimals");
        return amount * uint256(answer) * 10 ** (36 - places);
    }

    function countOf(bytes calldata terms) private pure returns (uint256 count) {
        count = terms.length / assetLength;
        require(
            terms.length == 2 + assetLength * count && count >= 1 && count <= 16
                && uint16(bytes2(terms[:2])) <= 10_000,
            "FairSwap:terms"
        );
    }

    function tokenAt(bytes calldata terms, uint256 i) private pure returns (address) {
        uint256 at = 2 + assetLength * i;
        return address(bytes20(terms[at:at + 20]));
    }

    function slotOf(bytes32 delegation, bytes calldata terms) private view returns (uint256) {
        return uint256(keccak256(abi.encode(msg.sender, delegation, keccak256(terms))));
    }
}
