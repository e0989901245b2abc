/** Generates what follows from the contract: vendored rules, `gen/`, the proof's vectors. */
import { writeFileSync } from "node:fs";
import {
  streamVectorsFile,
  streamVectorsText,
  vectorsFile,
  vectorsText,
  webhookVectorsFile,
  webhookVectorsText,
} from "./generate-vectors.ts";
import { run } from "./run-tool.ts";
import { vendorProtovalidate } from "./vendor-protovalidate.ts";

vendorProtovalidate("third_party/protovalidate/buf/validate/validate.proto");
await run("buf", ["format", "-w"]);
await run("buf", ["generate"]);
writeFileSync(vectorsFile, await vectorsText());
writeFileSync(streamVectorsFile, await streamVectorsText());
writeFileSync(webhookVectorsFile, await webhookVectorsText());
