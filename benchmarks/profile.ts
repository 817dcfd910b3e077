import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/** What `node --cpu-prof` writes. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node that ran, sample by sample. */
  readonly samples: readonly number[];
  /** From the sample before to each one. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
}

/** Lines and columns count from 0. */
interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** How long something ran itself, without what it called. */
export interface SelfTime {
  readonly name: string;
  readonly seconds: number;
}

/** Where the time of one run went. */
export interface ProfileSummary {
  /** In which the processor was used. */
  readonly seconds: number;
  /** Folders of src/, libraries, Node and its garbage collection; the largest first. */
  readonly places: readonly SelfTime[];
  readonly functions: readonly SelfTime[];
}

const MICROSECONDS = 1e6;
/** Names that V8 gives to what is no function. */
const IDLE = '(idle)';
const COLLECTOR = '(garbage collector)';

/** The same profile, with each function where its source is: what runs is bundled. */
export async function withSources(profile: CpuProfile): Promise<CpuProfile> {
  const urls = new Set(profile.nodes.map(({ callFrame }) => callFrame.url).filter((url) => url.startsWith('file:')));
  const maps = new Map<string, SourceMap>();
  for (const url of urls) {
    const text = await readFile(`${fileURLToPath(url)}.map`, 'utf8').catch(() => undefined);
    if (text !== undefined) maps.set(url, new SourceMap(JSON.parse(text) as SourceMap['payload']));
  }
  const nodes = profile.nodes.map((node) => {
    const { callFrame } = node;
    const entry = maps.get(callFrame.url)?.findEntry(callFrame.lineNumber, callFrame.columnNumber);
    if (!entry || !('originalSource' in entry)) return node;
    const { originalSource, originalLine, originalColumn } = entry;
    const url = originalSource.replace(/^(?:\.\.\/)+/, '');
    return { ...node, callFrame: { ...callFrame, url, lineNumber: originalLine, columnNumber: originalColumn } };
  });
  return { ...profile, nodes };
}

/** Adds up the threads of one run. */
export function summarizeProfile(threads: readonly CpuProfile[]): ProfileSummary {
  const places = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  for (const { nodes, samples, timeDeltas } of threads) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    for (const [index, id] of samples.entries()) {
      const frame = frames.get(id);
      if (!frame || frame.functionName === IDLE) continue;
      const time = (timeDeltas[index] ?? 0) / MICROSECONDS;
      total += time;
      add(places, placeOf(frame), time);
      add(functions, nameOf(frame), time);
    }
  }
  return { seconds: total, places: largestFirst(places), functions: largestFirst(functions) };
}

function add(sums: Map<string, number>, name: string, seconds: number): void {
  sums.set(name, (sums.get(name) ?? 0) + seconds);
}

function largestFirst(sums: ReadonlyMap<string, number>): SelfTime[] {
  return Array.from(sums, ([name, seconds]) => ({ name, seconds })).sort((a, b) => b.seconds - a.seconds);
}

function placeOf({ functionName, url }: CallFrame): string {
  if (functionName === COLLECTOR) return 'garbage collection';
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (library !== undefined) return library;
  const folder = /(?:^|\/)((?:src|benchmarks)(?:\/[^/]+)*)\/[^/]+$/.exec(url)?.[1];
  if (folder !== undefined) return `${folder}/`;
  // What has no file is written in C++, or is the kernel on its behalf.
  return url === '' ? 'native code' : url.startsWith('node:') ? 'Node' : 'others';
}

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = /(?:src|benchmarks|node_modules|dist|dist-tools)\/.*$/.exec(url)?.[0] ?? url;
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`;
}
