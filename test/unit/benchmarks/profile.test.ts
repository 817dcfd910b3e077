import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flameGraphPage } from '../../../benchmarks/flame-graph.ts';
import { type CpuProfile, summarizeProfile, withSources } from '../../../benchmarks/profile.ts';
import { profileTables } from '../../../benchmarks/report.ts';

function frame(functionName: string, url = '', lineNumber = -1, columnNumber = -1) {
  return { functionName, url, lineNumber, columnNumber };
}

function profileOf(runs: readonly (readonly [ReturnType<typeof frame>, milliseconds: number])[]): CpuProfile {
  return {
    nodes: runs.map(([callFrame], id) => ({ id, callFrame })),
    samples: runs.map((_, id) => id),
    timeDeltas: runs.map(([, milliseconds]) => milliseconds * 1000),
  };
}

describe('where the time of a profile went', () => {
  const profile = profileOf([
    [frame('copy', 'src/operators/encode-rows.ts', 162), 40],
    [frame('', 'src/operators/encode-rows.ts', 9), 10],
    [frame('subscribe', 'node_modules/rxjs/src/Subject.ts', 1), 10],
    [frame('run', 'file:///any/node_modules/@scope/name/dist/a.js', 1), 5],
    [frame('emit', 'node:events', 467), 15],
    [frame('writeBuffer'), 10],
    [frame('(garbage collector)'), 10],
    [frame('(idle)'), 900],
  ]);

  it('is added up by folders, libraries and Node, without the time in which nothing ran', () => {
    const { seconds, places } = summarizeProfile([profile]);
    expect(seconds).toBeCloseTo(0.1);
    expect(places.map(({ name, seconds: time }) => [name, Math.round(time * 1000)])).toEqual([
      ['src/operators/', 50],
      ['Node', 15],
      ['rxjs', 10],
      ['native code', 10],
      ['garbage collection', 10],
      ['@scope/name', 5],
    ]);
  });

  it('is added up over the threads of a process', () => {
    const { seconds, functions } = summarizeProfile([profile, profile]);
    expect(seconds).toBeCloseTo(0.2);
    expect(functions[0]?.name).toBe('copy src/operators/encode-rows.ts:163');
    expect(functions[0]?.seconds).toBeCloseTo(0.08);
  });

  it('is told in two tables', () => {
    const text = profileTables(summarizeProfile([profile]));
    expect(text).toMatch(/\| src\/operators\/ +\| +50\.0 % \| +0\.050 \|/);
    expect(text).toMatch(/\| \(anonymous\) src\/operators\/encode-rows\.ts:10 +\| +10\.0 % \|/);
  });
});

describe('a profile of what was bundled', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'profile-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('names the sources, as far as there is a map', async () => {
    const file = join(dir, 'main.js');
    // The first character of line 1 is line 3, column 2 of the source.
    const map = { version: 3, file: 'main.js', sources: ['../src/core/a.ts'], names: [], mappings: 'AAEE' };
    await writeFile(`${file}.map`, JSON.stringify(map));
    const { nodes } = await withSources(
      profileOf([
        [frame('a', pathToFileURL(file).href, 0, 0), 1],
        [frame('b', 'node:net', 7, 1), 1],
        [frame('c', 'file:///nowhere/c.js', 7, 1), 1],
      ]),
    );
    expect(nodes.map(({ callFrame }) => callFrame)).toEqual([
      frame('a', 'src/core/a.ts', 2, 2),
      frame('b', 'node:net', 7, 1),
      frame('c', 'file:///nowhere/c.js', 7, 1),
    ]);
  });
});

describe('the page with a flame graph', () => {
  it('holds everything in one file, the profile as well', async () => {
    const profile = profileOf([[frame('</script><b>'), 1]]);
    const page = await flameGraphPage('pass-through-1', profile);
    expect(page).toContain('<title>pass-through-1</title>');
    expect(page).not.toMatch(/<(?:script|link)[^>]*(?:src|href)=/);
    const data = /loadFileFromBase64\("pass-through-1\.cpuprofile", '([^']+)'\)/.exec(page)?.[1] ?? '';
    expect(JSON.parse(Buffer.from(data, 'base64').toString('utf8'))).toEqual(profile);
  });
});
