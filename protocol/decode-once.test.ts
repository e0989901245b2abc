import { expect, test } from "vitest";
import { decodeOnce } from "./decode-once.ts";

test("the same stored value is decoded once, whatever holds it", () => {
  let count = 0;
  const decode = decodeOnce((stored: Uint8Array) => ({ first: stored[0], count: ++count }));
  const one = decode(Uint8Array.of(1, 2));
  expect(decode(Uint8Array.of(1, 2))).toBe(one);
  expect(decode(Uint8Array.of(1, 3))).not.toBe(one);
  expect(count).toBe(2);
});

test("the oldest are forgotten, and what throws is tried again", () => {
  let count = 0;
  const decode = decodeOnce((text: string) => {
    count++;
    if (text === "bad" && count === 1) throw new Error("bad");
    return text.length;
  });
  expect(() => decode("bad")).toThrow();
  expect(decode("bad")).toBe(3);
  for (let n = 0; n < 64; n++) decode(String(n));
  expect(decode("bad")).toBe(3);
  expect(count).toBe(67);
});
