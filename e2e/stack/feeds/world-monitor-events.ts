/** World Monitor's events in its own shapes. A stand-in for the upstream. */
import { officialFeeds } from "./official.ts";
import type { Feeds, Moment } from "./state.ts";

/** What these endpoints answer. */
export const eventEndpoints: Feeds = {
  "/api/infrastructure/v1/list-internet-outages": (moment) => ({ outages: outagesOf(moment) }),
  "/api/unrest/v1/list-unrest-events": (moment) => ({ events: unrestOf(moment), clusters: [] }),
  "/api/intelligence/v1/list-cross-source-signals": crossSignals,
};

const names = new Intl.DisplayNames("en", { type: "region" });
const severities: Readonly<Record<string, string>> = { NATIONWIDE: "TOTAL", REGIONAL: "MAJOR" };

/** An annotation of Radar's, as far as it is read here. */
type Annotation = {
  readonly id: string | number;
  readonly startDate: string;
  readonly endDate: string | null;
  readonly locations: readonly string[];
  readonly outage?: { readonly outageCause?: string; readonly outageType?: string };
};

/** They are Radar's, with the country's name where Radar has its code. */
export function outagesOf(moment: Moment): readonly unknown[] {
  const path = "/client/v4/radar/annotations/outages?dateRange=12w&limit=100&format=json";
  const answer = officialFeeds.radar?.({ ...moment, path }) as
    | { readonly result: { readonly annotations: readonly Annotation[] } }
    | undefined;
  return (answer?.result.annotations ?? []).map(({ endDate, id, locations, outage, startDate }) => {
    const type = outage?.outageType ?? "";
    return {
      id: `cf-${id}`,
      title: "An outage",
      link: "",
      description: "",
      detectedAt: Date.parse(startDate),
      endedAt: endDate === null ? 0 : Date.parse(endDate),
      country: names.of(locations[0] ?? "ZZ"),
      region: "",
      location: { latitude: 0, longitude: 0 },
      severity: `OUTAGE_SEVERITY_${severities[type] ?? "PARTIAL"}`,
      categories: ["Cloudflare Radar"],
      cause: outage?.outageCause ?? "",
      outageType: type,
    };
  });
}

/** Today's unrest. ACLED knows the day only. */
export function unrestOf({ state, nowMs }: Moment): readonly unknown[] {
  return state.worldMonitor.unrest.map(({ country, deaths, id, latitude, longitude }) => ({
    id: `acled-${id}`,
    title: "Something happened",
    summary: "",
    eventType: "UNREST_EVENT_TYPE_RIOT",
    city: "A city",
    country,
    region: "",
    location: { latitude, longitude },
    occurredAt: Math.floor(nowMs / 86_400_000) * 86_400_000,
    severity: "SEVERITY_LEVEL_HIGH",
    fatalities: deaths,
    sources: ["A newspaper"],
    sourceType: "UNREST_SOURCE_TYPE_ACLED",
    tags: [],
    actors: [],
    confidence: "CONFIDENCE_LEVEL_HIGH",
    sourceUrls: [],
  }));
}

function crossSignals({ state, nowMs }: Moment): unknown {
  return {
    signals: state.worldMonitor.crossSignals.map(({ severity, theater, type }) => ({
      id: `${type.toLowerCase()}:${theater.toLowerCase().replaceAll(" ", "-")}`,
      type: `CROSS_SOURCE_SIGNAL_TYPE_${type}`,
      theater,
      summary: "Something is conspicuous",
      severity: `CROSS_SOURCE_SIGNAL_SEVERITY_${severity}`,
      severityScore: 2.5,
      detectedAt: nowMs,
      contributingTypes: [],
      signalCount: type === "COMPOSITE_ESCALATION" ? 3 : 0,
    })),
    evaluatedAt: nowMs,
    compositeCount: 0,
  };
}
