/** Stops processes where they are, and lets them go on: a server that is there and says nothing. */
import { readdirSync, readFileSync } from "node:fs";

/** Stops a process and its children. Returns what lets them go on. */
export function pauseAll(pid: number): () => void {
  const pids = [pid];
  // What is stopped starts nothing: the children are complete when their parent stands still.
  process.kill(pid, "SIGSTOP");
  pids.push(...childrenOf(pid));
  for (const child of pids.slice(1)) send(child, "SIGSTOP");
  return () => {
    for (const one of pids) send(one, "SIGCONT");
  };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
