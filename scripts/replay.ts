/**
 * `npm run replay -- firing.json`: evaluates a recorded firing again, from its record alone.
 *
 * The file holds a `Firing` as JSON, as GetFiring answers it in Connect's JSON form; the answer
 * itself (`{"firing": …}`) will do. Exits with 0 when the evaluation is the recorded one byte for
 * byte, with 1 when it is not, and with 2 when the file holds no firing with its record.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fromJson, toJson } from "@bufbuild/protobuf";
import { EvaluationSchema, FiringSchema } from "#gen/trigger/v1/firing";
import { parseAccount, vaultIdOf } from "#protocol/names";
import { replay } from "../vault-actor/src/trigger/replay.ts";

/** What came of a replay, and how the program ends. */
export type Report = { readonly code: 0 | 1 | 2; readonly text: string };

/** Replays the firing in a JSON text. */
export function replayText(text: string): Report {
  try {
    const json = JSON.parse(text);
    const firing = fromJson(FiringSchema, json.firing ?? json);
    const account = parseAccount(vaultIdOf(firing.name) ?? "");
    if (account === undefined) return unreadable("the firing's name names no vault");
    const replayed = replay(firing, account);
    if (replayed === undefined)
      return unreadable("the firing has no condition, inputs or evaluation");
    const { equal, evaluation } = replayed;
    const report = {
      equal,
      name: firing.name,
      occurrenceKey: firing.occurrenceKey,
      evaluation: toJson(EvaluationSchema, evaluation),
      ...(equal || firing.evaluation === undefined
        ? {}
        : { recorded: toJson(EvaluationSchema, firing.evaluation) }),
    };
    return { code: equal ? 0 : 1, text: JSON.stringify(report, null, 2) };
  } catch (fault) {
    return unreadable(fault instanceof Error ? fault.message : String(fault));
  }
}

function unreadable(error: string): Report {
  return { code: 2, text: JSON.stringify({ error }, null, 2) };
}

function reportOf(file: string | undefined): Report {
  if (file === undefined) return unreadable("usage: npm run replay -- firing.json");
  try {
    // Where npm was called from: the program itself runs in the project's folder.
    return replayText(readFileSync(resolve(process.env.INIT_CWD ?? ".", file), "utf8"));
  } catch (fault) {
    return unreadable(fault instanceof Error ? fault.message : String(fault));
  }
}

if (import.meta.main) {
  const { code, text } = reportOf(process.argv[2]);
  console.log(text);
  process.exitCode = code;
}
