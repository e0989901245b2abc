// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.26;

/// A stand-in for a Chainlink price feed on local chains: anyone may start its next round.
/// Never deployed anywhere else.
contract TestPriceFeed {
    uint8 public immutable decimals;
    int256 private answer;
    uint80 private roundId;
    uint256 private updatedAt;

    constructor(uint8 places) {
        decimals = places;
    }

    function setAnswer(int256 next) external {
        answer = next;
        roundId += 1;
        updatedAt = block.timestamp;
    }

    function latestRoundData()
        external
        view
        returns (uint80, int256, uint256, uint256, uint80)
    {
        return (roundId, answer, updatedAt, updatedAt, roundId);
    }
}
