/** Looks through the storage at the end of a run: each firing has had its effect, once. */
import type { Database, Row } from "../src/storage/database.ts";
import type { Finding } from "./history.ts";
import type { Record } from "./vault/record.ts";

/**
 * `triggers`: how many there must be. `dueMs`: what was planned before that, by the vault's clock,
 * must be done.
 */
export function audit(
  db: Database,
  record: Record,
  triggers: number,
  dueMs: number,
): readonly Finding[] {
  const findings: Finding[] = [];
  const count = (sql: string) =>
    new Map(db.all<Row & { of: string; n: number }>(sql).map(({ of, n }) => [of, n]));
  // A request that is repeated must not make a second trigger.
  const made = db.all("SELECT trigger_id FROM trigger_rule").length;
  if (made > triggers)
    findings.push({ kind: "duplicate", words: `${made} of ${triggers} triggers` });
  if (made < triggers) findings.push({ kind: "lost", words: `${made} of ${triggers} triggers` });
  const firings = db.all<{ firing_id: string }>("SELECT firing_id FROM firing");
  if (firings.length !== record.firings.length) {
    findings.push({ kind: "duplicate", words: "something fired outside of a look" });
  }
  const tallies = {
    executions: count("SELECT cause_ref AS 'of', count(*) AS n FROM execution GROUP BY cause_ref"),
    "facts of the firing": count(
      "SELECT subject AS 'of', count(*) AS n FROM ledger WHERE kind = 'TRIGGER_FIRED' GROUP BY subject",
    ),
    "facts of the intent": count(
      "SELECT actor AS 'of', count(*) AS n FROM ledger WHERE kind = 'INTENT_ACCEPTED' GROUP BY actor",
    ),
  };
  for (const [what, tally] of Object.entries(tallies)) {
    const byFiring = new Map([...tally].map(([of, n]) => [of.slice(of.lastIndexOf("/") + 1), n]));
    for (const { firing_id } of firings) {
      const n = byFiring.get(firing_id) ?? 0;
      if (n > 1) findings.push({ kind: "duplicate", words: `${n} ${what} of ${firing_id}` });
      if (n < 1) findings.push({ kind: "lost", words: `no ${what} of ${firing_id}` });
    }
    if (byFiring.size > firings.length) {
      findings.push({ kind: "duplicate", words: `${what} without a firing` });
    }
  }
  for (const row of db.all<{ execution_id: string; cause_ref: string; created_ms: number }>(
    "SELECT execution_id, cause_ref, created_ms FROM execution",
  )) {
    const n = record.effects.get(row.cause_ref)?.length ?? 0;
    if (n > 1) findings.push({ kind: "duplicate", words: `${row.execution_id} took effect twice` });
    if (n === 0 && row.created_ms < dueMs) {
      findings.push({ kind: "stuck", words: `${row.execution_id} never took effect` });
    }
  }
  return findings;
}
