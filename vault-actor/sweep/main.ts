import { createRunner } from "./run.ts";

const run = createRunner();
const [n = "10", seed = "1", verbose] = process.argv.slice(2);
const t = Date.now();
let bad = 0,
  looks = 0,
  firings = 0;
for (let i = 0; i < Number(n); i++) {
  const r = await run(Number(seed) + i, verbose ? (l) => console.error(l) : undefined);
  looks += r.looks;
  firings += r.firings;
  if (r.findings.length > 0 && bad++ < 10) console.log(r.seed, r.findings.slice(0, 3));
}
console.log({ bad, looks, firings, ms: (Date.now() - t) / Number(n) });
