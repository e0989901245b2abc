/**
 * Writes and reads the terms of our own caveat enforcers, as `contracts/src/*.sol` define them.
 *
 * Pure. Reading returns `undefined` for bytes that the contract would refuse.
 */
import { concatHex, type Hex, hexToBigInt, hexToNumber, size, slice, toHex } from "viem";
import type { Address } from "../names.ts";

/** `WindowSpendEnforcer`: what leaves in a token (zero address: native) in any span of seconds. */
export type WindowSpend = {
  readonly token: Address;
  /** In base units, below 2^128. */
  readonly limit: bigint;
  /** 1 to 2^32 - 1. */
  readonly seconds: number;
};

/** `ArgRangeEnforcer`: what a word of the arguments, the value or the length must be. */
export type ArgConstraint =
  | { readonly about: "word"; readonly word: number; readonly oneOf: readonly bigint[] }
  | { readonly about: "word"; readonly word: number; readonly min: bigint; readonly max: bigint }
  | { readonly about: "value" | "length"; readonly min: bigint; readonly max: bigint };

/** `FairSwapEnforcer`: how much of what leaves may be lost, at the prices of feeds. */
export type FairSwap = {
  readonly lossBps: number;
  /** 1 to 16. */
  readonly assets: readonly {
    readonly token: Address;
    readonly feed: Address;
    readonly maxAgeSeconds: number;
  }[];
};

/** The largest limit that `WindowSpendEnforcer` can hold. */
export const maxWindowLimit = 2n ** 128n - 1n;

/** The most words that one constraint can list. */
export const maxListedWords = 254;

/** The most assets of one `FairSwapEnforcer`. */
export const maxFairAssets = 16;

/** The largest word. */
export const maxWord = 2n ** 256n - 1n;

/** Writes the terms of `WindowSpendEnforcer`. */
export function windowSpendTerms({ token, limit, seconds }: WindowSpend): Hex {
  return concatHex([token, toHex(limit, { size: 16 }), toHex(seconds, { size: 4 })]);
}

/** Reads the terms of `WindowSpendEnforcer`. */
export function readWindowSpend(terms: Hex): WindowSpend | undefined {
  if (size(terms) !== 40) return undefined;
  const seconds = hexToNumber(slice(terms, 36, 40));
  if (seconds === 0) return undefined;
  return {
    token: slice(terms, 0, 20).toLowerCase() as Address,
    limit: hexToBigInt(slice(terms, 20, 36)),
    seconds,
  };
}

/** Writes the terms of `ArgRangeEnforcer`. */
export function argRangeTerms(constraints: readonly ArgConstraint[]): Hex {
  return concatHex(constraints.map(constraintTerms));
}

function constraintTerms(constraint: ArgConstraint): Hex {
  const words = (values: readonly bigint[]) => values.map((value) => toHex(value, { size: 32 }));
  const head = (word: number, n: number) => toHex(word * 256 + n, { size: 2 });
  if ("oneOf" in constraint) {
    const { word, oneOf } = constraint;
    if (oneOf.length < 1 || oneOf.length > maxListedWords) throw new Error("1 to 254 words");
    return concatHex([head(word, oneOf.length), ...words(oneOf)]);
  }
  const { min, max } = constraint;
  const [word, n] =
    constraint.about === "word"
      ? ([constraint.word, 0] as const)
      : ([constraint.about === "value" ? 0 : 1, 255] as const);
  return concatHex([head(word, n), ...words([min, max])]);
}

/** Reads the terms of `ArgRangeEnforcer`. */
export function readArgRange(terms: Hex): readonly ArgConstraint[] | undefined {
  const constraints: ArgConstraint[] = [];
  let at = 0;
  while (at < size(terms)) {
    if (size(terms) < at + 2) return undefined;
    const [word, n] = [
      hexToNumber(slice(terms, at, at + 1)),
      hexToNumber(slice(terms, at + 1, at + 2)),
    ];
    const count = n === 0 || n === 255 ? 2 : n;
    const next = at + 2 + 32 * count;
    if (size(terms) < next || (n === 255 && word > 1)) return undefined;
    const start = at + 2;
    const values = Array.from({ length: count }, (_, i) =>
      hexToBigInt(slice(terms, start + 32 * i, start + 32 * (i + 1))),
    );
    const [min = 0n, max = 0n] = values;
    if (n === 0) constraints.push({ about: "word", word, min, max });
    else if (n === 255) constraints.push({ about: word === 0 ? "value" : "length", min, max });
    else constraints.push({ about: "word", word, oneOf: values });
    at = next;
  }
  return constraints.length === 0 ? undefined : constraints;
}

/** Writes the terms of `FairSwapEnforcer`. */
export function fairSwapTerms({ lossBps, assets }: FairSwap): Hex {
  return concatHex([
    toHex(lossBps, { size: 2 }),
    ...assets.map(({ token, feed, maxAgeSeconds }) =>
      concatHex([token, feed, toHex(maxAgeSeconds, { size: 4 })]),
    ),
  ]);
}

/** Reads the terms of `FairSwapEnforcer`. */
export function readFairSwap(terms: Hex): FairSwap | undefined {
  const count = (size(terms) - 2) / 44;
  if (!Number.isInteger(count) || count < 1 || count > maxFairAssets) return undefined;
  const lossBps = hexToNumber(slice(terms, 0, 2));
  if (lossBps > 10_000) return undefined;
  const assets = Array.from({ length: count }, (_, i) => {
    const at = 2 + 44 * i;
    return {
      token: slice(terms, at, at + 20).toLowerCase() as Address,
      feed: slice(terms, at + 20, at + 40).toLowerCase() as Address,
      maxAgeSeconds: hexToNumber(slice(terms, at + 40, at + 44)),
    };
  });
  return { lossBps, assets };
}
