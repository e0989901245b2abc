/** Values of Solidity's types as text. Pure. */

/** A value of an elementary type, as viem takes it. */
export type AbiValue = bigint | boolean | string;

/** How values of a type are written, for hints. `undefined`: the type is not elementary. */
export function formOf(type: string): string | undefined {
  if (/^u?int(\d+)?$/.test(type)) return `a whole number within ${type}`;
  if (type === "address") return "an address in lowercase";
  if (type === "bool") return "true or false";
  if (type === "string") return "text";
  if (/^bytes(\d+)?$/.test(type)) return `${type} as lowercase hexadecimal`;
  return undefined;
}

/** Whether a type is a whole number. */
export function isWhole(type: string): boolean {
  return /^u?int(\d+)?$/.test(type);
}

/** Reads a value of an elementary type. `undefined`: it is none. */
export function parseAbiValue(type: string, text: string): AbiValue | undefined {
  const number = /^(u?)int(\d+)?$/.exec(type);
  if (number !== null) return wholeOf(text, number[1] === "u", Number(number[2] ?? 256));
  const bytes = /^bytes(\d+)?$/.exec(type);
  if (bytes !== null) {
    const isBytes = /^0x([0-9a-f]{2})*$/.test(text);
    const isFit = bytes[1] === undefined || text.length === 2 + 2 * Number(bytes[1]);
    return isBytes && isFit ? text : undefined;
  }
  switch (type) {
    case "address":
      return /^0x[0-9a-f]{40}$/.test(text) ? text : undefined;
    case "bool":
      return text === "true" || text === "false" ? text === "true" : undefined;
    case "string":
      return text;
    default:
      return undefined;
  }
}

function wholeOf(text: string, unsigned: boolean, bits: number): bigint | undefined {
  if (!/^-?(0|[1-9][0-9]{0,77})$/.test(text)) return undefined;
  const value = BigInt(text);
  const fits = unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  return fits === value ? value : undefined;
}
