/** Tests of chains that must be refused. */
import {
  at,
  type BadTrigger,
  broken,
  type ConditionInit,
  ethUsd,
  invalid,
  LESS_THAN,
  maxAge,
  one,
  ukraine,
} from "./bad-trigger.ts";

const token = `0x${"b".repeat(40)}`;
const here = `eip155:31337:${token}`;
const transfer = one("chainLog", {
  contract: here,
  event: "Transfer(address indexed from, address indexed to, uint256 value)",
  confirmations: 1,
});
const argument = (index: number, value: string, comparator = 0) =>
  transfer({ arguments: [{ index, value, comparator }] });
const answer = one("contractRead", {
  contract: here,
  function: "function latestAnswer() view returns (int256)",
  comparator: LESS_THAN,
  value: "1",
  maxAge,
});
const balance = one("balance", {
  asset: "eip155:31337/slip44:60",
  comparator: LESS_THAN,
  amount: "1",
  maxAge,
});
const target = (asset: string, weightBps: number, priceSeries = ethUsd) => ({
  asset: `eip155:31337/${asset}`,
  weightBps,
  priceSeries,
});
const drift = (...targets: ReturnType<typeof target>[]): ConditionInit => ({
  test: { case: "allocationDrift", value: { targets, minDriftBps: 500, maxAge } },
});
const health = one("healthFactor", {
  protocol: 1,
  market: here,
  comparator: LESS_THAN,
  value: "1.1",
  maxAge,
});
const gas = one("gasPrice", { chain: "eip155:31337", comparator: LESS_THAN, wei: "1", maxAge });

const elsewhere = (name: string, condition: ConditionInit, field: string): BadTrigger => ({
  name,
  condition,
  reason: "CHAIN_UNSUPPORTED",
  field: `${at}.${field}`,
});

export const chains: readonly BadTrigger[] = [
  elsewhere(
    "logs of another chain",
    transfer({ contract: `eip155:2:${token}` }),
    "chain_log.contract",
  ),
  invalid("an event that is none", transfer({ event: "Transfer(nothing)" }), "chain_log.event"),
  invalid("a fourth argument of three", argument(3, "1"), "chain_log.arguments[0].index"),
  invalid("an address that is a number", argument(0, "1"), "chain_log.arguments[0].value"),
  invalid("an address above another", argument(0, token, 3), "chain_log.arguments[0].comparator"),
  broken("257 confirmations", transfer({ confirmations: 257 }), "chain_log.confirmations"),
  elsewhere(
    "an answer of another chain",
    answer({ contract: `eip155:2:${token}` }),
    "contract_read.contract",
  ),
  invalid(
    "a function that changes something",
    answer({ function: "function transfer(address to, uint256 amount) returns (bool)" }),
    "contract_read.function",
  ),
  invalid("an argument too many", answer({ arguments: ["1"] }), "contract_read.arguments"),
  invalid("a result that is not there", answer({ resultIndex: 1 }), "contract_read.result_index"),
  invalid("a fraction of a whole number", answer({ value: "1.5" }), "contract_read.value"),
  elsewhere(
    "a balance on another chain",
    balance({ asset: "eip155:2/slip44:60" }),
    "balance.asset",
  ),
  invalid(
    "a coin that is not the chain's",
    balance({ asset: "eip155:31337/slip44:61" }),
    "balance.asset",
  ),
  broken("a balance below nothing", balance({ amount: "-1" }), "balance.amount"),
  invalid(
    "weights of more than the whole",
    drift(target("slip44:60", 6000), target(`erc20:${token}`, 6000)),
    "allocation_drift.targets",
  ),
  invalid(
    "the same asset twice",
    drift(target("slip44:60", 5000), target("slip44:60", 5000)),
    "allocation_drift.targets[1].asset",
  ),
  {
    name: "a price in another unit than dollars",
    condition: drift(target("slip44:60", 5000), target(`erc20:${token}`, 5000, ukraine)),
    reason: "UNIT_MISMATCH",
    field: `${at}.allocation_drift.targets[1].price_series`,
  },
  invalid(
    "Aave with a market's id",
    health({ marketId: `0x${"1".repeat(64)}` }),
    "health_factor.market_id",
  ),
  invalid("Morpho without a market's id", health({ protocol: 2 }), "health_factor.market_id"),
  elsewhere(
    "a position on another chain",
    health({ account: `eip155:2:${token}` }),
    "health_factor.account",
  ),
  elsewhere("gas of another chain", gas({ chain: "eip155:2" }), "gas_price.chain"),
  broken("gas without a maximum age", gas({ maxAge: undefined }), "gas_price.max_age"),
];
