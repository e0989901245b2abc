import { expect, test } from "vitest";
import { countries } from "../../series/geo.ts";
import { countryCode } from "./countries.ts";

test.each([
  ["Iran", "IR"],
  ["Iran (Islamic Republic of)", "IR"],
  ["IR", "IR"],
  ["ukraine", "UA"],
  ["Türkiye", "TR"],
  ["Turkey", "TR"],
  ["Côte d'Ivoire", "CI"],
  ["Ivory Coast", "CI"],
  ["The Gambia", "GM"],
  ["St. Lucia", "LC"],
  ["Saint Lucia", "LC"],
  ["Bosnia & Herzegovina", "BA"],
  ["Bosnia and Herzegovina", "BA"],
  ["Democratic Republic of the Congo", "CD"],
  ["Republic of the Congo", "CG"],
  ["South Korea", "KR"],
  ["North Korea", "KP"],
  ["Myanmar", "MM"],
  ["Russian Federation", "RU"],
])("%s is %s", (name, code) => expect(countryCode(name)).toBe(code));

test.each(["Atlantis", "", "Sea of Japan", "Iranistan", "Guineas", "constructor"])(
  "%j is no country, rather than a wrong one",
  (name) => {
    expect(countryCode(name)).toBeUndefined();
  },
);

test("all followed countries are in the table", () => {
  for (const country of countries) expect(countryCode(country)).toBe(country);
});
