/** Sends requests over kept connections and measures how long the answers take. */
import { Agent, request as httpRequest } from "node:http";
import { setTimeout } from "node:timers/promises";

/** A request that is ready to be sent. */
export type Shot = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Sent before, one after the other, and not measured. */
  readonly before?: readonly Shot[];
};

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends one; returns the milliseconds until the whole answer is here. */
export function fire(shot: Shot): Promise<number> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const headers = { ...shot.headers, "content-length": String(shot.body.length) };
    const sent = httpRequest(shot.url, { method: "POST", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const tookMs = performance.now() - startMs;
        if (response.statusCode === 200) resolve(tookMs);
        else reject(new Error(`${shot.url}: ${response.statusCode} ${Buffer.concat(chunks)}`));
      });
    });
    sent.once("error", reject);
    sent.end(shot.body);
  });
}

/** Sends one after the other, with a rest after each; returns each one's milliseconds. */
export async function measure(shots: readonly Shot[], restMs: number): Promise<number[]> {
  const samples: number[] = [];
  for (const shot of shots) {
    for (const one of [...(shot.before ?? []), shot]) {
      const tookMs = await fire(one);
      if (one === shot) samples.push(tookMs);
      if (restMs > 0) await setTimeout(restMs);
    }
  }
  return samples;
}

/** Sends some at a time; returns the requests a second. */
export async function throughput(shots: readonly Shot[], atOnce: number): Promise<number> {
  const queue = [...shots];
  const startMs = performance.now();
  const lane = async () => {
    for (let shot = queue.shift(); shot !== undefined; shot = queue.shift()) {
      for (const one of [...(shot.before ?? []), shot]) await fire(one);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return shots.length / ((performance.now() - startMs) / 1000);
}

/** The value below which a share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Ends the kept connections. */
export function closeConnections(): void {
  agent.destroy();
}
