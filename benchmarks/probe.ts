// Rides along in the measured process (node --import probe.js?file=PATH …) and writes, when that process exits, how
// late its event loop was. It costs one timer of 10 ms; without it nobody outside could know.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

const file = new URL(import.meta.url).searchParams.get('file');
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();

process.once('exit', () => {
  // Node has each thread load it as well.
  if (file === null || !isMainThread) return;
  // Node counts from one tick of the timer to the next, so the timer's own period is in every value.
  const late = (ns: number) => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const report = {
    lagP50Ms: late(delay.percentile(50)),
    lagP99Ms: late(delay.percentile(99)),
    lagMaxMs: late(delay.max),
    userSeconds: userCPUTime / 1e6,
    systemSeconds: systemCPUTime / 1e6,
    maxRssMb: (maxRSS * 1024) / 1e6,
  };
  writeFileSync(file, JSON.stringify(report));
});
