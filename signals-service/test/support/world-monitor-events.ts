/** World Monitor's events in its own shapes. The values are invented. */
import { seenMs } from "./world-monitor.ts";

/** An outage. */
export function outage(changes: object = {}): object {
  return {
    id: "cf-1234",
    title: "Nationwide outage, says a headline",
    link: "https://example.com/outage",
    description: "words that stay there",
    detectedAt: seenMs - 3_600_000,
    endedAt: 0,
    country: "Iran",
    region: "",
    location: { latitude: 32.4, longitude: 53.7 },
    severity: "OUTAGE_SEVERITY_TOTAL",
    categories: ["Cloudflare Radar"],
    cause: "GOVERNMENT_DIRECTED",
    outageType: "NATIONWIDE",
    ...changes,
  };
}

/** Unrest that ACLED lists. */
export function acled(changes: object = {}): object {
  return {
    id: "acled-UKR12345",
    title: "A headline",
    summary: "words that stay there",
    eventType: "UNREST_EVENT_TYPE_RIOT",
    city: "Kyiv",
    country: "Ukraine",
    region: "Kyiv City",
    location: { latitude: 50.45, longitude: 30.52 },
    occurredAt: Date.parse("2026-07-25T00:00:00Z"),
    severity: "SEVERITY_LEVEL_HIGH",
    fatalities: 3,
    sources: ["A newspaper"],
    sourceType: "UNREST_SOURCE_TYPE_ACLED",
    tags: [],
    actors: ["Some actor"],
    confidence: "CONFIDENCE_LEVEL_HIGH",
    sourceUrls: ["https://example.com/article"],
    ...changes,
  };
}

/** Unrest that many articles name: its id holds the time of the fetch. */
export function gdelt(changes: object = {}): object {
  return acled({
    id: `gdelt-50.45-30.52-${seenMs}`,
    occurredAt: seenMs,
    fatalities: 0,
    sources: ["GDELT"],
    sourceType: "UNREST_SOURCE_TYPE_GDELT",
    confidence: "CONFIDENCE_LEVEL_MEDIUM",
    ...changes,
  });
}

/** A cross-source signal. */
export function crossSignal(changes: object = {}): object {
  return {
    id: "unrest:middle-east",
    type: "CROSS_SOURCE_SIGNAL_TYPE_UNREST_SURGE",
    theater: "Middle East",
    summary: "Unrest surge: words that stay there",
    severity: "CROSS_SOURCE_SIGNAL_SEVERITY_HIGH",
    severityScore: 3.25,
    detectedAt: seenMs,
    contributingTypes: [],
    signalCount: 0,
    ...changes,
  };
}

/** The answer of list-cross-source-signals. */
export function crossSignals(signals: unknown, changes: object = {}): object {
  return { signals, evaluatedAt: seenMs, compositeCount: 0, ...changes };
}
