import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CaseFile, loadCases } from '../../../src/config/case-file.ts';
import { ConfigError } from '../../../src/core/errors.ts';
import { NumberText } from '../../../src/core/number-text.ts';
import { connectFiles, type Files, pipelineYaml } from './support.ts';

/** Reads `cases.yaml` beside these files. */
async function load(cases: string, files: Files = pipelineYaml()): Promise<CaseFile> {
  const cwd = await mkdtemp(join(tmpdir(), 'tributary-cases-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ ...files, 'cases.yaml': cases })) await writeFile(join(cwd, name), text);
  return loadCases('cases.yaml', { cwd, env: {} });
}

async function problemsOf(cases: string, files?: Files): Promise<readonly string[]> {
  try {
    await load(cases, files);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** A file with one case, whose last lines are these. */
function oneCase(...lines: string[]): string {
  return ['pipeline: p.yaml', 'cases:', '  - name: one', ...lines.map((line) => `    ${line}`)].join('\n');
}

describe('a file of cases', () => {
  it('names its pipeline, and fills in what its records leave out', async () => {
    const { config, cases } = await load(oneCase('records: [{ value: { id: 1 } }]', 'dropped: 0'));
    expect(config.name).toBe('orders');
    expect(cases).toEqual([
      {
        name: 'one',
        records: [{ topic: 'orders', partition: 0, key: null, value: { id: 1 }, headers: {}, timestamp: -1 }],
        rows: {},
        deletes: {},
        errors: [],
        dropped: 0,
      },
    ]);
  });

  it("may be for Kafka Connect's files", async () => {
    const cases = 'connect: [w, c]\ncases: [{ name: one, records: [{ value: "{}" }], errors: no }]';
    expect((await load(cases, connectFiles({}))).config.name).toBe('orders');
  });

  it('keeps every digit of numbers, in YAML and in JSON', async () => {
    const records = '[{ value: { a: 0.10, b: 18446744073709551616, c: 1e400, d: 5, e: 1.5 } }]';
    const exact = {
      a: new NumberText('0.10'),
      b: new NumberText('18446744073709551616'),
      c: new NumberText('1e400'),
      d: 5,
      e: 1.5,
    };
    const { cases } = await load(oneCase(`records: ${records}`, 'dropped: 0'));
    expect(cases[0]?.records[0]?.value).toEqual(exact);
    const json = `{
\t"pipeline": "p.yaml",
\t"cases": [{ "name": "one", "dropped": 0, "records": [{ "value": { "a": 0.10, "b": 18446744073709551616, "c": 1e400, "d": 5, "e": 1.5 } }] }]
}`;
    expect((await load(json)).cases[0]?.records[0]?.value).toEqual(exact);
  });

  it('knows the columns of tables as CREATE TABLE has them', async () => {
    const columns =
      'columns: { orders: { id: BIGINT NOT NULL, tags: "ARRAY<VARCHAR(10)>", n: "decimal(10, 2) null" } }';
    const { columns: known } = await load(`${columns}\n${oneCase('records: [{ value: 1 }]', 'dropped: 1')}`);
    expect(known.get('orders')).toEqual([
      { name: 'id', type: { kind: 'integer', bits: 64 }, required: true },
      { name: 'tags', type: { kind: 'array', element: { kind: 'text', length: 10 } } },
      { name: 'n', type: { kind: 'decimal', precision: 10, scale: 2 } },
    ]);
  });

  it.each<[string, string, readonly string[]]>([
    ['an empty file', ' ', ['cases.yaml is empty.']],
    ['a list', '[]', ['cases.yaml: it must hold `pipeline` or `connect`, and `cases`.']],
    [
      'no pipeline',
      'cases: [{ name: a, records: [{ value: 1 }], dropped: 1 }]',
      ['cases.yaml: either `pipeline` or `connect` must name the files of the pipeline.'],
    ],
    ['no cases', 'pipeline: p.yaml', ['`cases` is missing (cases.yaml): it must be a list of cases.']],
    [
      'a misspelt key of the file',
      `${oneCase('records: [{ value: 1 }]', 'dropped: 1')}\ncolums: {}`,
      ['`colums` (cases.yaml:6:1) is not known here; did you mean `columns`?'],
    ],
    [
      'a misspelt key of a case',
      oneCase('records: [{ value: 1 }]', 'dropped: 1', 'row: {}'),
      ['`cases[0].row` (cases.yaml:6:5) is not known here; did you mean `rows`?'],
    ],
    [
      'an unknown key of a record',
      oneCase('records:', '  - value: 1', '    colour: red', 'dropped: 1'),
      [
        '`cases[0].records[0].colour` (cases.yaml:6:9) is not known here; there are `topic`, `partition`, `key`, `value`, `headers`, `timestamp`.',
      ],
    ],
    [
      'a record without a value',
      oneCase('records: [{ key: a }]', 'dropped: 1'),
      ['`cases[0].records[0].value` is missing (cases.yaml:4:15): a record without one has `value: null`.'],
    ],
    [
      'a wrong type',
      oneCase('records: [{ value: 1, partition: first }]', 'dropped: 1'),
      [
        '`cases[0].records[0].partition` is `first` (cases.yaml:4:27), but it must be a whole number from 0 to 2147483647.',
      ],
    ],
    [
      'a case that expects nothing',
      oneCase('records: [{ value: 1 }]'),
      [
        '`cases[0]` (cases.yaml:3:5): it says nothing of what has to become of its records: give `rows`, `deletes`, `errors` or `dropped`.',
      ],
    ],
    [
      'a topic that is not read',
      oneCase('records: [{ value: 1, topic: order }]', 'dropped: 1'),
      ['The record at cases.yaml:4:15 is of the topic `order`, which the pipeline does not read; it reads `orders`.'],
    ],
    [
      'a type that there is not',
      `columns: { orders: { id: VARCAR(10) } }\n${oneCase('records: [{ value: 1 }]', 'dropped: 1')}`,
      [
        '`columns.orders.id` is `VARCAR(10)` (cases.yaml:1:22), which is not a type of StarRocks, such as INT, DECIMAL(10,2), VARCHAR(20), ARRAY<INT>, each with NOT NULL or without.',
      ],
    ],
    [
      'a pipeline file that is not there',
      'pipeline: q.yaml\ncases: [{ name: a, records: [{ value: 1 }], dropped: 1 }]',
      ['q.yaml cannot be read: there is no such file.'],
    ],
    [
      'two pipelines',
      'pipeline: [p.yaml, q.yaml]\ncases: [{ name: a, records: [{ value: 1 }], dropped: 1 }]',
      ['`pipeline` (cases.yaml:1:1) names several pipelines; a file of cases is for one.'],
    ],
    [
      'no YAML',
      'pipeline: [',
      [
        'cases.yaml:1:12 cannot be read: Flow sequence in block collection must be sufficiently indented and end with a ].',
      ],
    ],
  ])('is refused with the place and the cure: %s', async (what, cases, problems) => {
    const { 'p.yaml': yaml = '' } = pipelineYaml();
    const files: Files =
      what === 'two pipelines' ? { 'p.yaml': yaml, 'q.yaml': yaml.replace('orders', 'sales') } : pipelineYaml();
    expect(await problemsOf(cases, files)).toEqual(problems);
  });

  it('has to say the topic of each record where several are read', async () => {
    const { 'p.yaml': yaml = '' } = pipelineYaml();
    const files = { 'p.yaml': yaml.replace('- orders', '- orders\n    - sales') };
    expect(await problemsOf(oneCase('records: [{ value: 1 }]', 'dropped: 1'), files)).toEqual([
      'The record at cases.yaml:4:15 needs `topic`, because the pipeline reads more than one.',
    ]);
  });
});
