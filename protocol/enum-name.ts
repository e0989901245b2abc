/** Spells a value of one of the contract's enums, whose generated form has no reverse map. */

/** The name of `value` without its prefix; `UNSPECIFIED` for one that this release doesn't know. */
export function enumName<E extends Readonly<Record<string, number>>>(
  names: E,
  value: number,
): keyof E | "UNSPECIFIED" {
  for (const [name, number] of Object.entries(names)) if (number === value) return name;
  return "UNSPECIFIED";
}
