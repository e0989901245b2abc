/**
 * Writes a text that a rule of the contract accepts.
 *
 * Knows the part of regular expressions that the contract's rules use: anchors, literals,
 * classes, groups, alternatives and counts. Of every choice it takes the first.
 */

/** A text that matches `pattern`. Throws when the pattern is beyond what is known here. */
export function textFor(pattern: string): string {
  const reader = { rest: pattern.replace(/^\^/, "").replace(/\$$/, "") };
  const text = alternatives(reader);
  if (!new RegExp(pattern, "u").test(text)) throw new Error(`no text is known for ${pattern}`);
  return text;
}

type Reader = { rest: string };

function alternatives(reader: Reader): string {
  const first = sequence(reader);
  while (reader.rest.startsWith("|")) {
    take(reader, 1);
    sequence(reader);
  }
  return first;
}

function sequence(reader: Reader): string {
  let text = "";
  while (reader.rest !== "" && !/^[|)]/.test(reader.rest)) {
    const one = atom(reader);
    text += one.repeat(atLeast(reader));
  }
  return text;
}

function atom(reader: Reader): string {
  const next = take(reader, 1);
  if (next === "(") {
    if (reader.rest.startsWith("?:")) take(reader, 2);
    const inside = alternatives(reader);
    take(reader, 1);
    return inside;
  }
  if (next === "[") {
    const set = take(reader, reader.rest.indexOf("]") + 1);
    // A letter reads better in a report than the space that a class may begin with.
    return new RegExp(`[${set}`, "u").test("a") ? "a" : (set[0] ?? "");
  }
  return next === "\\" ? take(reader, 1).replace("d", "0") : next;
}

/** How often at least the atom before is wanted. */
function atLeast(reader: Reader): number {
  const count = /^(\?|\*|\+|\{(\d+)(,\d*)?\})/.exec(reader.rest);
  if (count === null) return 1;
  take(reader, count[0].length);
  if (count[1] === "?" || count[1] === "*") return 0;
  return count[1] === "+" ? 1 : Number(count[2]);
}

function take(reader: Reader, length: number): string {
  const taken = reader.rest.slice(0, length);
  reader.rest = reader.rest.slice(length);
  return taken;
}
