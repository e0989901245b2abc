/** Makes a real Uniswap v3 pool with liquidity on a local chain, and moves its price. */
import { type Abi, maxUint256, parseEther, parseUnits, zeroAddress } from "viem";
import type { Address } from "#protocol/names";
import { devAccount, roles } from "./accounts.ts";
import { artifact } from "./artifacts.ts";
import { deploy } from "./deploy.ts";
import type { LocalChain } from "./node.ts";

const uniswap = {
  factory: "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json",
  pool: "@uniswap/v3-core/artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json",
  positions:
    "@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
  quoter: "@uniswap/v3-periphery/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json",
  router: "@uniswap/swap-router-contracts/artifacts/contracts/SwapRouter02.sol/SwapRouter02.json",
  oldFactory: "@uniswap/v2-core/build/UniswapV2Factory.json",
  weth: "canonical-weth/build/contracts/WETH9.json",
} as const;

/** The pool's fee in hundredths of a basis point. */
export const poolFee = 3000;

/** The exchange and its tokens. */
export type Exchange = {
  readonly wrappedNative: Address;
  readonly usdc: Address;
  readonly pool: Address;
  readonly router: Address;
  readonly quoter: Address;
};

/**
 * How many observations the pool keeps: more than it is written to within the window that prices
 * are averaged over, so that `observe` never has too short a memory.
 */
const observations = 200;

/** Deploys the exchange with a pool of 4,000 ETH and 10,000,000 USDC. */
export async function createPool(chain: LocalChain): Promise<Exchange> {
  const [weth, token, positionsArtifact] = [
    artifact(uniswap.weth),
    artifact("../contracts/TestUsdc.json"),
    artifact(uniswap.positions),
  ];
  const wrappedNative = await deploy(chain, weth);
  const usdc = await deploy(chain, token);
  const factory = await deploy(chain, artifact(uniswap.factory));
  const positions = await deploy(chain, positionsArtifact, [factory, wrappedNative, zeroAddress]);
  const oldFactory = await deploy(chain, artifact(uniswap.oldFactory), [zeroAddress]);
  const router = await deploy(chain, artifact(uniswap.router), [
    oldFactory,
    factory,
    positions,
    wrappedNative,
  ]);
  const quoter = await deploy(chain, artifact(uniswap.quoter), [factory, wrappedNative]);

  const send = sender(chain, roles.liquidity);
  const [eth, usd] = [parseEther("4000"), parseUnits("10000000", 6)];
  const ethFirst = BigInt(wrappedNative) < BigInt(usdc);
  const [token0, token1] = ethFirst ? [wrappedNative, usdc] : [usdc, wrappedNative];
  const [amount0, amount1] = ethFirst ? [eth, usd] : [usd, eth];
  await send(positions, positionsArtifact.abi, "createAndInitializePoolIfNecessary", [
    token0,
    token1,
    poolFee,
    squareRoot((amount1 << 192n) / amount0),
  ]);
  await send(wrappedNative, weth.abi, "deposit", [], eth);
  const holder = devAccount(roles.liquidity).address;
  await send(usdc, token.abi, "mint", [holder, usd * 2n]);
  await send(wrappedNative, weth.abi, "approve", [positions, maxUint256]);
  await send(usdc, token.abi, "approve", [positions, maxUint256]);
  await send(positions, positionsArtifact.abi, "mint", [
    {
      token0,
      token1,
      fee: poolFee,
      tickLower: -887_220,
      tickUpper: 887_220,
      amount0Desired: amount0,
      amount1Desired: amount1,
      amount0Min: 0n,
      amount1Min: 0n,
      recipient: holder,
      deadline: 10_000_000_000n,
    },
  ]);
  const pool = (await chain.reader.readContract({
    address: factory,
    abi: artifact(uniswap.factory).abi,
    functionName: "getPool",
    args: [token0, token1, poolFee],
  })) as Address;
  await growObservations(chain, pool);
  return { wrappedNative, usdc, pool: pool.toLowerCase() as Address, router, quoter };
}

/** Lets the pool keep observations. */
export async function growObservations(chain: LocalChain, pool: Address): Promise<void> {
  const { abi } = artifact(uniswap.pool);
  const send = sender(chain, roles.liquidity);
  await send(pool, abi, "increaseObservationCardinalityNext", [observations]);
}

/** Sells ether into the pool for real, so that its price falls. */
export async function sellEther(
  chain: LocalChain,
  exchange: Exchange,
  ether: string,
): Promise<void> {
  const send = sender(chain, roles.liquidity);
  const params = {
    tokenIn: exchange.wrappedNative,
    tokenOut: exchange.usdc,
    fee: poolFee,
    recipient: devAccount(roles.liquidity).address,
    amountIn: parseEther(ether),
    amountOutMinimum: 0n,
    sqrtPriceLimitX96: 0n,
  };
  await send(
    exchange.router,
    artifact(uniswap.router).abi,
    "exactInputSingle",
    [params],
    parseEther(ether),
  );
}

/** The pool's price: USDC for one ether. */
export async function poolPrice(chain: LocalChain, exchange: Exchange): Promise<number> {
  const slot = (await chain.reader.readContract({
    address: exchange.pool,
    abi: artifact(uniswap.pool).abi,
    functionName: "slot0",
  })) as readonly [bigint];
  const ratio = (Number(slot[0]) / 2 ** 96) ** 2;
  const ethFirst = BigInt(exchange.wrappedNative) < BigInt(exchange.usdc);
  return ethFirst ? ratio * 1e12 : 1e12 / ratio;
}

// An estimate is too low when the block comes a second later: the pool then writes its oracle.
const gas = 8_000_000n;

function sender(chain: LocalChain, role: number) {
  const wallet = chain.wallet(devAccount(role));
  return async (
    address: Address,
    abi: Abi,
    functionName: string,
    args: readonly unknown[],
    value = 0n,
  ) => {
    const hash = await wallet.writeContract({ address, abi, functionName, args, value, gas });
    const receipt = await chain.reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== "success") throw new Error(`${functionName} failed`);
  };
}

function squareRoot(value: bigint): bigint {
  let x = value;
  let y = (x + 1n) / 2n;
  while (y < x) {
    x = y;
    y = (x + value / x) / 2n;
  }
  return x;
}
