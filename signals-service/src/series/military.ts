/** The series of military posture. Pure data. */
import {
  type Series,
  Series_Kind,
  Series_LicenceClass,
  Series_TrustTier,
  Unit,
} from "#gen/signal/v1/series";
import { define, hour, minute } from "./define.ts";

/** The theaters that are followed, by World Monitor's id: their part of the series id, their name. */
export const theaters = {
  "baltic-theater": { id: "baltic", name: "the Baltic" },
  "blacksea-theater": { id: "black_sea", name: "the Black Sea" },
  "east-med-theater": { id: "east_med", name: "the eastern Mediterranean" },
  "iran-theater": { id: "iran", name: "Iran" },
  "israel-gaza-theater": { id: "israel_gaza", name: "Israel and Gaza" },
  "korea-theater": { id: "korea", name: "the Korean peninsula" },
  "south-china-sea": { id: "south_china_sea", name: "the South China Sea" },
  "taiwan-theater": { id: "taiwan", name: "the Taiwan Strait" },
  "yemen-redsea-theater": { id: "yemen_red_sea", name: "Yemen and the Red Sea" },
} as const;

/** The states of a posture, by their values. */
export const postures = ["normal", "elevated", "critical"] as const;

/** The series of a theater's posture. */
export function postureOf(theater: keyof typeof theaters): string {
  return `mil.posture.${theaters[theater].id}@v1`;
}

/** All of them. */
export const militarySeries: readonly Series[] = (
  Object.keys(theaters) as (keyof typeof theaters)[]
).map((theater) =>
  define({
    id: postureOf(theater),
    description: `The military posture around ${theaters[theater].name}, from aircraft that say where they are.`,
    kind: Series_Kind.STATE,
    unit: Unit.STATE,
    min: "0",
    max: "2",
    states: [...postures],
    heartbeat: { seconds: 15n * minute },
    maxTransportAge: { seconds: 40n * minute },
    maxContentAge: { seconds: hour },
    // Aircraft choose what they say and may lie; a receiver that is off looks like calm.
    trustTier: Series_TrustTier.CROWD,
    methodologyVersion: "world-monitor/theater-posture/v1",
    licenceClass: Series_LicenceClass.DERIVED,
    zeroIsValid: true,
    sources: ["world-monitor.theater-posture"],
  }),
);
