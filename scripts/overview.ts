/**
 * `npm run -s overview`: how the signals service and all vaults together are doing, for operators.
 *
 *   --url      the API's public origin; the local stack's unless given
 *   --key      a file with the operator's Ed25519 private key, base64 of PKCS #8; the local
 *              stack's unless given
 *   --minutes  how far back telemetry is summed: 60 unless given
 *   --json     for programs
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { toJsonString } from "@bufbuild/protobuf";
import { createOperatorClient } from "#client/operator-client";
import { GetOverviewResponseSchema } from "#gen/signal/v1/overview_messages";
import { signerOf } from "./operator-key.ts";
import { overviewText } from "./overview-table.ts";

const localKey = join(import.meta.dirname, "../.metavault/start/operator-key");

try {
  const { values } = parseArgs({
    options: {
      url: { type: "string", default: "http://127.0.0.1:8787" },
      key: { type: "string", default: localKey },
      minutes: { type: "string", default: "60" },
      json: { type: "boolean", default: false },
    },
  });
  const minutes = Number(values.minutes);
  if (!Number.isInteger(minutes) || minutes < 1) throw new Error("--minutes is no whole number");
  const signer = await signerOf(readFileSync(values.key, "utf8"));
  const client = createOperatorClient(values.url, { signer });
  const overview = await client.overview(minutes * 60_000);
  const json = () =>
    toJsonString(GetOverviewResponseSchema, overview, {
      prettySpaces: 2,
      alwaysEmitImplicit: true,
    });
  console.log(values.json ? json() : overviewText(overview, Date.now()));
} catch (fault) {
  console.error(`overview: ${fault instanceof Error ? fault.message : fault}`);
  process.exit(1);
}
