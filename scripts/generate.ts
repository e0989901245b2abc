/** Generates code from the contract: the vendored validation rules first, then `gen/`. */
import { run } from "./run-tool.ts";
import { vendorProtovalidate } from "./vendor-protovalidate.ts";

vendorProtovalidate("third_party/protovalidate/buf/validate/validate.proto");
await run("buf", ["format", "-w"]);
await run("buf", ["generate"]);
