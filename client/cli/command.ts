/** What a command is, and how it ends. */

/** How a command ended: 0 as asked, 1 something is wrong with what it looked at, 2 it could not. */
export type ExitCode = 0 | 1 | 2;

/** Where a command writes. */
export type Output = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
};

/** A command: its arguments without its name. */
export type Command = {
  /** A line each: how it is called. */
  readonly usage: string;
  readonly run: (args: readonly string[], output: Output) => Promise<ExitCode>;
};

/** The command was called wrongly: say how it is called. */
export class UsageError extends Error {}
