/** The schema's steps, in order. A released one never changes; new ones go to the end. */
export const migrations: readonly string[] = [
  `CREATE TABLE observation (
    series text NOT NULL,
    round bigint NOT NULL,
    value text,
    observe_ms bigint NOT NULL,
    fetch_ms bigint NOT NULL,
    publish_ms bigint NOT NULL,
    expire_ms bigint NOT NULL,
    sources text[] NOT NULL,
    evidence_hash bytea NOT NULL,
    qualities integer[] NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (series, round)
  );
  CREATE INDEX observation_by_time ON observation (series, publish_ms DESC);
  CREATE TABLE event (
    series text NOT NULL,
    id text NOT NULL,
    ids text[] NOT NULL,
    revision integer NOT NULL,
    body bytea NOT NULL,
    occur_ms bigint NOT NULL,
    detect_ms bigint NOT NULL,
    PRIMARY KEY (series, id)
  );
  CREATE INDEX event_by_time ON event (series, detect_ms DESC, id);
  CREATE INDEX event_recent ON event (occur_ms);
  CREATE TABLE snapshot (
    id integer PRIMARY KEY CHECK (id = 1),
    round bigint NOT NULL,
    publish_ms bigint NOT NULL,
    next_publish_ms bigint NOT NULL,
    signed bytea NOT NULL
  );`,
];
