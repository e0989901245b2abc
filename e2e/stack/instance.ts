/**
 * One running copy of the local stack: its folder, its processes, its end.
 *
 * Every process is written down, so that what a killed run left behind is found and stopped.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";

/** The project's root folder. */
export const root = resolve(import.meta.dirname, "../..");

/** A process that the stack runs. */
export type Running = {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly isRunning: () => boolean;
  readonly logFile: string;
};

type Entry = { readonly pid: number; readonly mark: string };

/** How a process is started. */
export type StartOptions = {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
};

/** A running copy of the stack. */
export class Instance {
  readonly name: string;
  readonly folder: string;
  readonly #children = new Map<string, { child: ChildProcess; ended: Promise<void> }>();

  private constructor(name: string) {
    this.name = name;
    this.folder = join(root, ".metavault", name);
  }

  /** Opens an instance. `keepState` keeps what an earlier run stored. */
  static open(name: string, keepState: boolean): Instance {
    const instance = new Instance(name);
    instance.#stopLeftovers();
    if (!keepState) rmSync(instance.folder, { recursive: true, force: true });
    mkdirSync(join(instance.folder, "logs"), { recursive: true });
    instance.#write();
    return instance;
  }

  /** Starts a process whose output goes to a log file. */
  start(
    name: string,
    command: string,
    args: readonly string[],
    options: StartOptions = {},
  ): Running {
    const logFile = join(this.folder, "logs", `${name}.log`);
    const log = openSync(logFile, "a");
    const child = spawn(command, args, {
      cwd: options.cwd ?? this.folder,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", log, log],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid ?? options.uid }),
    });
    closeSync(log);
    const ended = new Promise<void>((done) => {
      child.once("exit", () => done());
      child.once("error", () => done());
    });
    this.#children.set(name, { child, ended });
    this.#write();
    const isRunning = () =>
      child.exitCode === null && child.signalCode === null && child.pid !== undefined;
    return { name, pid: child.pid ?? 0, ended, isRunning, logFile };
  }

  /** Whether a process was started and has not been stopped. */
  isRunning(name: string): boolean {
    return this.#children.has(name);
  }

  /** The process id of what was started under a name. */
  pidOf(name: string): number | undefined {
    return this.#children.get(name)?.child.pid;
  }

  /** Ends one process: gently, or at once. */
  async stop(name: string, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const entry = this.#children.get(name);
    if (entry === undefined) return;
    entry.child.kill(signal);
    const forced = setTimeout(() => entry.child.kill("SIGKILL"), 8_000);
    await entry.ended;
    clearTimeout(forced);
    this.#children.delete(name);
    this.#write();
  }

  /** Ends everything, the last started first. */
  async stopAll(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    for (const name of [...this.#children.keys()].reverse()) await this.stop(name, signal);
    rmSync(this.#pidFile(), { force: true });
  }

  /** Resolves with the name of the first process that ends by itself. */
  firstEnded(): Promise<string> {
    return Promise.race([...this.#children].map(([name, { ended }]) => ended.then(() => name)));
  }

  /** Kills everything at once, when there is no time to wait. */
  killAll(): void {
    for (const { child } of this.#children.values()) child.kill("SIGKILL");
  }

  #pidFile(): string {
    return join(this.folder, "pids.json");
  }

  #write(): void {
    const entries = [...this.#children.values()].flatMap(({ child }) =>
      child.pid === undefined ? [] : [{ pid: child.pid, mark: markOf(child.pid) }],
    );
    const content = { owner: { pid: process.pid, mark: markOf(process.pid) }, entries };
    // Replaced in one step: a run that is killed here leaves the file whole.
    const next = `${this.#pidFile()}.next`;
    writeFileSync(next, JSON.stringify(content));
    renameSync(next, this.#pidFile());
  }

  #stopLeftovers(): void {
    if (!existsSync(this.#pidFile())) return;
    const { owner, entries } = JSON.parse(readFileSync(this.#pidFile(), "utf8")) as {
      owner: Entry;
      entries: Entry[];
    };
    if (owner.pid !== process.pid && isSame(owner)) {
      throw new Error(
        `the stack "${this.name}" runs already, as process ${owner.pid}: stop it first`,
      );
    }
    const left = entries.filter(isSame);
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    // Their ports and files are free when they are gone.
    for (let i = 0; i < 200 && left.some(isSame); i++) sleep(10);
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** When a process started: tells it apart from a later one with the same number. */
function markOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie holds nothing any more.
    return fields[0] === "Z" ? "" : (fields[19] ?? "");
  } catch {
    return "";
  }
}

function isSame({ pid, mark }: Entry): boolean {
  try {
    process.kill(pid, 0);
    return markOf(pid) === mark;
  } catch {
    return false;
  }
}
