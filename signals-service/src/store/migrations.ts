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
  // Series get numbers, history gets small, and everything that a judgement rests on is kept.
  `CREATE TABLE series (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    descriptor bytea NOT NULL,
    -- Up to which round its history was thinned out.
    thinned_round bigint NOT NULL DEFAULT 0
  );
  CREATE TABLE source_set (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    names text[] NOT NULL UNIQUE
  );
  INSERT INTO series (name, descriptor) SELECT DISTINCT series, ''::bytea FROM observation ORDER BY 1;
  INSERT INTO source_set (names) SELECT DISTINCT sources FROM observation;
  ALTER TABLE observation RENAME TO observation_v1;
  ALTER INDEX observation_pkey RENAME TO observation_v1_pkey;
  DROP INDEX observation_by_time;
  CREATE TABLE observation (
    series integer NOT NULL REFERENCES series,
    -- One bit each, by the number of the contract's Quality.
    qualities integer NOT NULL,
    round bigint NOT NULL,
    observe_ms bigint NOT NULL,
    fetch_ms bigint NOT NULL,
    publish_ms bigint NOT NULL,
    expire_ms bigint NOT NULL,
    revision integer NOT NULL,
    source_set integer NOT NULL REFERENCES source_set,
    confidence_bps integer NOT NULL DEFAULT 0,
    value text,
    low text,
    high text,
    evidence_hash bytea NOT NULL,
    PRIMARY KEY (series, round)
  );
  INSERT INTO observation (series, qualities, round, observe_ms, fetch_ms, publish_ms, expire_ms,
      revision, source_set, value, evidence_hash)
    SELECT s.id, (SELECT coalesce(sum(1 << q), 0) FROM unnest(o.qualities) AS q), o.round,
      o.observe_ms, o.fetch_ms, o.publish_ms, o.expire_ms, o.revision, ss.id, o.value, o.evidence_hash
    FROM observation_v1 o JOIN series s ON s.name = o.series JOIN source_set ss ON ss.names = o.sources;
  DROP TABLE observation_v1;
  CREATE INDEX observation_by_time ON observation (series, publish_ms DESC);

  -- The latest that each source said of each series, judged by itself.
  CREATE TABLE reading (
    series integer NOT NULL REFERENCES series,
    source text NOT NULL,
    qualities integer NOT NULL,
    observe_ms bigint NOT NULL,
    fetch_ms bigint NOT NULL,
    -- Of an event series: since when each of its events is known.
    since_ms bigint,
    confidence_bps integer NOT NULL DEFAULT 0,
    value text,
    low text,
    high text,
    evidence_hash bytea NOT NULL,
    PRIMARY KEY (series, source)
  );

  -- Raw answers by their SHA-256, compressed with gzip, and what rests on several of them.
  CREATE TABLE payload (
    hash bytea PRIMARY KEY,
    source text NOT NULL,
    first_ms bigint NOT NULL,
    last_ms bigint NOT NULL,
    bytes integer NOT NULL,
    body bytea NOT NULL
  );
  CREATE INDEX payload_by_time ON payload (last_ms);
  CREATE TABLE evidence (
    hash bytea PRIMARY KEY,
    payloads bytea[] NOT NULL,
    last_ms bigint NOT NULL
  );
  CREATE INDEX evidence_by_time ON evidence (last_ms);

  -- How asking each source goes, and what of each account's quota is used.
  CREATE TABLE source (
    id text PRIMARY KEY,
    ask_ms bigint NOT NULL DEFAULT 0,
    success_ms bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT '',
    next_ask_ms bigint NOT NULL DEFAULT 0
  );
  CREATE TABLE quota (
    account text PRIMARY KEY,
    minute_ms bigint NOT NULL DEFAULT 0,
    minute_used integer NOT NULL DEFAULT 0,
    day_ms bigint NOT NULL DEFAULT 0,
    day_used integer NOT NULL DEFAULT 0,
    -- Until when its upstream turned it away.
    retry_ms bigint NOT NULL DEFAULT 0
  );

  -- When upkeep began the last time.
  CREATE TABLE upkeep (
    id integer PRIMARY KEY CHECK (id = 1),
    start_ms bigint NOT NULL
  );

  ALTER TABLE event ADD COLUMN source text NOT NULL DEFAULT '';
  ALTER TABLE event ADD COLUMN seen_ms bigint NOT NULL DEFAULT 0;
  CREATE INDEX event_by_seen ON event (seen_ms);
  CREATE INDEX event_by_ids ON event USING gin (ids);
  CREATE TABLE event_revision (
    series text NOT NULL,
    id text NOT NULL,
    revision integer NOT NULL,
    body bytea NOT NULL,
    detect_ms bigint NOT NULL,
    PRIMARY KEY (series, id, revision)
  );
  INSERT INTO event_revision SELECT series, id, revision, body, detect_ms FROM event;

  -- The latest round in both of its forms; the manifest's entries in the order of its lines.
  ALTER TABLE snapshot ADD COLUMN manifest bytea NOT NULL DEFAULT ''::bytea;
  ALTER TABLE snapshot ADD COLUMN entries bytea[] NOT NULL DEFAULT '{}';
  -- What was signed lately, for disputes.
  CREATE TABLE published_round (
    round bigint PRIMARY KEY,
    publish_ms bigint NOT NULL,
    manifest bytea NOT NULL
  );
  CREATE INDEX published_round_by_time ON published_round (publish_ms);

  -- What publishers' proofs and requests must not do twice.
  CREATE TABLE publisher_nonce (
    key_id text NOT NULL,
    nonce text NOT NULL,
    until_ms bigint NOT NULL,
    PRIMARY KEY (key_id, nonce)
  );
  CREATE TABLE publisher_request (
    key_id text NOT NULL,
    request_id text NOT NULL,
    digest bytea NOT NULL,
    answer bytea NOT NULL,
    at_ms bigint NOT NULL,
    PRIMARY KEY (key_id, request_id)
  );

  CREATE TABLE telemetry_batch (
    id bytea PRIMARY KEY,
    minute_ms bigint NOT NULL,
    receive_ms bigint NOT NULL
  );
  CREATE INDEX telemetry_batch_by_time ON telemetry_batch (receive_ms);
  CREATE TABLE telemetry_fact (
    minute_ms bigint NOT NULL,
    kind integer NOT NULL,
    outcome text NOT NULL,
    count bigint NOT NULL,
    latency_buckets bigint[] NOT NULL,
    PRIMARY KEY (minute_ms, kind, outcome)
  );`,
];
