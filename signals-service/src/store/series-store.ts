/** Stores the descriptors of the series, by which a change of meaning is noticed. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Series, SeriesSchema } from "#gen/signal/v1/series";
import { base64 } from "./base64.ts";
import type { Sql } from "./postgres.ts";

/** Every series that was ever published. `undefined`: known by name only. */
export async function knownSeries(sql: Sql): Promise<ReadonlyMap<string, Series | undefined>> {
  const rows = await sql<{ name: string; descriptor: Uint8Array }>(
    "SELECT name, descriptor FROM series",
  );
  return new Map(
    rows.map(({ descriptor, name }) => {
      const bytes = new Uint8Array(descriptor);
      return [name, bytes.length === 0 ? undefined : fromBinary(SeriesSchema, bytes)] as const;
    }),
  );
}

/** Writes descriptors, new and changed. */
export async function writeSeries(sql: Sql, series: readonly Series[]): Promise<void> {
  if (series.length === 0) return;
  const rows = series.map((one) => ({
    name: one.id,
    descriptor: base64(toBinary(SeriesSchema, one)),
  }));
  await sql(
    `INSERT INTO series (name, descriptor)
     SELECT x.name, decode(x.descriptor, 'base64')
     FROM json_to_recordset($1::json) AS x(name text, descriptor text)
     ON CONFLICT (name) DO UPDATE SET descriptor = excluded.descriptor`,
    [JSON.stringify(rows)],
  );
}
