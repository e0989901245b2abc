import { describe, expect, test } from "vitest";
import { Series_TrustTier } from "#gen/signal/v1/series";
import { highestTier, tierOf } from "./signal-tier.ts";

const { UNSPECIFIED, OFFICIAL, TRADED, CURATED, CROWD, EDITORIAL } = Series_TrustTier;

describe("the highest tier of a domain", () => {
  test.for<readonly [string, Series_TrustTier]>([
    ["market.price.eth.usd@v1", TRADED],
    ["market.peg_dev.usdc@v1", TRADED],
    ["market.mood@v1", EDITORIAL],
    ["marketprice.eth@v1", EDITORIAL],
    ["natural.quake@v1", OFFICIAL],
    ["macro.fred.dgs10@v1", OFFICIAL],
    ["macro.stress@v1", EDITORIAL],
    ["infra.outage.ir@v1", CURATED],
    ["supply.chokepoint.hormuz@v1", CURATED],
    ["svc.heartbeat@v1", CURATED],
    ["custom.acme.nav@v1", CURATED],
    ["prediction.polymarket.ab@v1", CROWD],
    ["mil.posture.taiwan@v1", CROWD],
    ["geo.cii.ua@v8", EDITORIAL],
    ["wm.risk@v1", EDITORIAL],
    ["", EDITORIAL],
  ])("%s", ([id, tier]) => {
    expect(highestTier(id)).toBe(tier);
  });
});

describe("P5: the weaker of descriptor and domain counts", () => {
  test.for<readonly [string, Series_TrustTier, Series_TrustTier]>([
    ["market.price.eth.usd@v1", OFFICIAL, TRADED],
    ["market.price.eth.usd@v1", CROWD, CROWD],
    ["geo.cii.ua@v8", OFFICIAL, EDITORIAL],
    ["natural.quake@v1", OFFICIAL, OFFICIAL],
    ["custom.acme.nav@v1", OFFICIAL, CURATED],
    ["natural.quake@v1", UNSPECIFIED, EDITORIAL],
    ["natural.quake@v1", 9 as Series_TrustTier, EDITORIAL],
    ["natural.quake@v1", -1 as Series_TrustTier, EDITORIAL],
  ])("%s that is said to be %i", ([id, trustTier, tier]) => {
    expect(tierOf({ id, trustTier })).toBe(tier);
  });
});
