#!/usr/bin/env node
/** The command line: `metavault <command> …`. */
import { type Command, type ExitCode, UsageError } from "./command.ts";
import { exportCommand } from "./export-audit.ts";
import { verifyCommand } from "./verify-audit.ts";

const commands: Readonly<Record<string, Command>> = {
  "export-audit": exportCommand,
  "verify-audit": verifyCommand,
};

const output = {
  out: (text: string) => console.log(text),
  err: (text: string) => console.error(text),
};

/** Runs the command line. Never throws. */
async function main([name, ...args]: readonly string[]): Promise<ExitCode> {
  const command = commands[name ?? ""];
  if (command === undefined) {
    const lines = Object.values(commands).map(({ usage }) => `  metavault ${usage}`);
    output.err(["usage:", ...lines].join("\n"));
    return 2;
  }
  try {
    return await command.run(args, output);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    output.err(`metavault ${name}: ${text}`);
    const isUsage =
      error instanceof UsageError ||
      String(Reflect.get(Object(error), "code")).includes("PARSE_ARGS");
    if (isUsage) output.err(`usage: metavault ${command.usage}`);
    return 2;
  }
}

// Not `process.exit`, so that what was written comes out.
process.exitCode = await main(process.argv.slice(2));
