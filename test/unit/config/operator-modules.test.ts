import { describe, expect, it } from 'vitest';
import { type OperatorContext } from '../../../src/core/own-operator.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { loadOne, pipelineYaml, problemsOf } from './support.ts';

/** A module whose operator is only a note of what it was made of. */
const FACTORY = 'export default (options, context) => ({ options, topic: context.topic });';
/** A Standard Schema that no library has made. */
const SCHEMA = `export const options = { '~standard': { version: 1, vendor: 'test', async validate(value) {
  const issues = [];
  if (typeof value.column !== 'string') issues.push({ message: 'column must be a text.', path: ['column'] });
  for (const [i, n] of (value.numbers ?? []).entries()) if (n > 9) issues.push({ message: 'too large', path: [{ key: 'numbers' }, i] });
  return issues.length > 0 ? { issues } : { value: { ...value, checked: true } };
} } };`;

const context: OperatorContext = {
  pipeline: 'orders',
  topic: 'orders',
  partition: 0,
  logger: new RecordingLogger(),
  signal: new AbortController().signal,
};

async function made(transforms: string, modules: Readonly<Record<string, string>>): Promise<unknown[]> {
  const config = await loadOne({ ...pipelineYaml(transforms), ...modules });
  return config.transforms.map(({ create, ...operator }) => ({ ...operator, made: create(context) }));
}

describe('an operator in a module of its own', () => {
  it('is named by its path, relative to the pipeline file, and is on records', async () => {
    expect(await made('transforms: [./-own.mjs]', { '-own.mjs': FACTORY })).toEqual([
      { name: './-own.mjs', level: 'record', timeoutMs: 300_000, made: { options: {}, topic: 'orders' } },
    ]);
  });

  it('may have options, a time limit and another level; the list keeps its order', async () => {
    const transforms = `transforms:
  - operator: ./-all.mjs
    options: { a: [1, x] }
    timeoutMs: 5
  - ./-own.mjs`;
    const files = { '-own.mjs': FACTORY, '-all.mjs': `export const level = 'envelope'; ${FACTORY}` };
    expect(await made(transforms, files)).toMatchObject([
      { name: './-all.mjs', level: 'envelope', timeoutMs: 5, made: { options: { a: [1, 'x'] } } },
      { name: './-own.mjs', level: 'record' },
    ]);
  });

  it('gets what its own schema makes of the options', async () => {
    const transforms = 'transforms: [{ operator: ./-own.mjs, options: { column: a } }]';
    expect(await made(transforms, { '-own.mjs': `${SCHEMA} ${FACTORY}` })).toMatchObject([
      { made: { options: { column: 'a', checked: true } } },
    ]);
  });

  it('may stand beside functions in a module', async () => {
    const module = `export default { name: 'a', kafka: { brokers: ['k:1'], topics: ['t'] }, starrocks: { urls: ['fe:1'], database: 'd', username: 'u', password: 'p' },
  transforms: ['./-own.mjs', function keep(source) { return source; }, (source) => source] };`;
    const { transforms } = await loadOne({ 'p.mjs': module, '-own.mjs': FACTORY });
    expect(transforms).toMatchObject([
      { name: './-own.mjs', level: 'record' },
      { name: 'keep', level: 'envelope', timeoutMs: 300_000 },
      { name: 'transforms[2]', level: 'envelope' },
    ]);
  });
});

describe('a mistake in an operator of the user is one sentence', () => {
  const at = '(p.yaml:11:14)';

  it.each<[string, string, string]>([
    ['is not there', './-gone.mjs', 'it cannot be loaded: there is no such file.'],
    ['throws', './-throws.mjs', 'it cannot be loaded: boom.'],
    [
      'exports no factory',
      './-none.mjs',
      'it must default-export a factory: a function that takes options and a context, and returns an RxJS operator.',
    ],
    ['has a level that there is not', './-level.mjs', 'its `level` is `row`; it must be `record` or `envelope`.'],
    [
      'has options that are no schema',
      './-options.mjs',
      'its `options` is no schema; export one of zod 3.24 or later, or of another library of standardschema.dev.',
    ],
    ['has a schema that throws', './-schema.mjs', 'its schema of `options` cannot be used: broken.'],
  ])('when the module %s', async (_, path, fault) => {
    const problems = await problemsOf({
      ...pipelineYaml(`transforms: [${path}]`),
      '-throws.mjs': "throw new Error('boom');",
      '-none.mjs': 'export default 5;',
      '-level.mjs': `export const level = 'row'; ${FACTORY}`,
      '-options.mjs': `export const options = {}; ${FACTORY}`,
      '-schema.mjs': `export const options = { '~standard': { version: 1, vendor: 'x', validate() { throw new Error('broken'); } } }; ${FACTORY}`,
    });
    expect(problems).toEqual([`\`transforms[0]\` is \`${path}\` ${at}, but ${fault}`]);
  });

  it('when options are not what the module takes; values are not shown', async () => {
    const transforms = `transforms:
  - operator: ./-own.mjs
    options:
      numbers: [1, 10]
      password: hunter2`;
    expect(await problemsOf({ ...pipelineYaml(transforms), '-own.mjs': `${SCHEMA} ${FACTORY}` })).toEqual([
      '`transforms[0].options.column` (p.yaml:13:5) is not what ./-own.mjs takes: column must be a text.',
      '`transforms[0].options.numbers[1]` (p.yaml:14:20) is not what ./-own.mjs takes: too large.',
    ]);
  });

  it.each([
    [
      '{ operatr: ./-own.mjs }',
      '`transforms[0].operatr` (p.yaml:11:16) is not a setting; did you mean `transforms[0].operator`?',
      '`transforms[0]` (p.yaml:11:14) needs `operator`, the path of a module, such as ./mask.js.',
    ],
    [
      '{ operator: ./-own.mjs, level: envelope }',
      '`transforms[0].level` (p.yaml:11:38) is not a setting; the settings here are `operator`, `options`, `timeoutMs`.',
    ],
    [
      '{ operator: mask }',
      '`transforms[0].operator` is `mask` (p.yaml:11:16), but it must be the path of a module that begins with ./ or ../, such as ./mask.js.',
    ],
    [
      '{ operator: ./-own.mjs, timeoutMs: 0 }',
      '`transforms[0].timeoutMs` is `0` (p.yaml:11:38), but it must be a whole number from 1 to 86400000 ms.',
    ],
    [
      'org.apache.kafka.connect.transforms.Flatten$Value',
      '`transforms[0]` is `org.apache.kafka.connect.transforms.Flatten$Value` (p.yaml:11:14), but it must be the path of a module that begins with ./ or ../, such as ./mask.js, or in a .js or .mjs file an operator function; the transforms of Kafka Connect stand in `connectTransforms`.',
    ],
  ])('%s', async (entry, ...problems) =>
    expect(await problemsOf({ ...pipelineYaml(`transforms: [${entry}]`), '-own.mjs': FACTORY })).toEqual(problems),
  );

  it('and each of several operators has its own', async () => {
    expect(await problemsOf(pipelineYaml('transforms: [./-a.mjs, ./-b.mjs]\nflush: { intervalMs: 1 }'))).toHaveLength(
      3,
    );
  });
});
