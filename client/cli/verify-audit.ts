/** `metavault verify-audit`: checks an export, without any network. */
import { createReadStream, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { linesOf } from "../audit/lines.ts";
import type { AuditReport } from "../audit/problem.ts";
import { verifyAudit } from "../audit/verify-audit.ts";
import { type Command, type Output, UsageError } from "./command.ts";

/** The command. Ends with 1 when anything was found. */
export const verifyCommand: Command = {
  usage: "verify-audit <file> [--trust <key id>]… [--checkpoint <file of a note>] [--json]",
  async run(args, output) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        trust: { type: "string", multiple: true },
        checkpoint: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new UsageError("one file is needed");
    const { trust, checkpoint } = values;
    const report = await verifyAudit(linesOf(createReadStream(file)), {
      ...(trust === undefined ? {} : { trust }),
      ...(checkpoint === undefined ? {} : { checkpoint: readFileSync(checkpoint, "utf8") }),
    });
    if (values.json) output.out(JSON.stringify(report, null, 2));
    else tell(report, output);
    return report.verified ? 0 : 1;
  },
};

function tell(report: AuditReport, { out, err }: Output): void {
  const { problems } = report;
  for (const { code, line, sequence, detail } of problems) {
    const at = [
      ...(sequence === undefined ? [] : [`entry ${sequence}`]),
      ...(line === undefined ? [] : [`line ${line}`]),
    ].join(", ");
    err(`${code}${at === "" ? "" : ` (${at})`}: ${detail}`);
  }
  const { entries, calls, unproved, uncheckedConsents, trusted, head } = report;
  out(`vault     ${report.vault}`);
  out(`entries   ${entries}, of ${calls} proved calls; ${unproved} without a call's proof`);
  out(`head      ${head}`);
  out(`identity  ${report.identityKeyId ?? "unknown"}`);
  if (uncheckedConsents > 0) {
    out(`unchecked ${uncheckedConsents} signatures of contracts or passkeys in owners' consents`);
  }
  if (trusted === "none") {
    out("trust     none given: the file agrees with itself, whoever made it; see --trust");
  } else {
    out(`trust     the ${trusted} key is one that you trust`);
  }
  out(report.verified ? "verified" : `NOT VERIFIED: ${problems.length} problems`);
}
