import type { OperatorFunction } from 'rxjs';
import { z } from 'zod';
import { topicPattern, topicPatternFault } from '../core/java-regex.ts';
import { OPERATOR_TIMEOUT_MS, type OwnOperator } from '../core/own-operator.ts';
import type { RecordBatch } from '../core/record-batch.ts';
import { mysqlAddress } from './addresses.ts';
import { defaultClientId } from './client-id.ts';
import { bringsSchemas, needsRegistry } from './converter-options.ts';
import { deleteSettings } from './delete-settings.ts';
import { errorSettings } from './error-settings.ts';
import { kafkaSettings } from './kafka-settings.ts';
import { recordColumnSettings } from './record-column-settings.ts';
import { type RecordPart } from './registry-settings.ts';
import { restSection } from './rest-section.ts';
import { schemaEvolutionSettings } from './schema-evolution-settings.ts';
import { oneOf, setting, text, wholeNumber } from './settings.ts';
import { starrocksSettings } from './starrocks-settings.ts';
import { connectTransforms, listsTransforms } from './transform-settings.ts';
import { keySettings, valueSettings } from './value-settings.ts';

const gib = 1024 ** 3;
const noLimit = Number.MAX_SAFE_INTEGER;

const flushSettings = setting(
  z
    .strictObject({
      maxBytes: setting(
        wholeNumber(1024, 10 * gib, 'bytes').default(94_371_840),
        "A batch is loaded once it has this many bytes. 90 MiB as the product doc says; the connector's code has 64 MiB.",
        {
          connect: {
            key: 'bufferflush.maxbytes',
            scope: 'connector',
            workerDefault: true,
            range: [67_108_864, 10 * gib],
          },
        },
      ),
      maxRecords: setting(wholeNumber(1, noLimit).optional(), 'A batch is loaded once it has this many records.', {
        defaultText: 'no limit',
      }),
      intervalMs: setting(
        wholeNumber(10, 3_600_000, 'ms').default(1000),
        'A batch is loaded once its first record is this old.',
        {
          connect: { key: 'bufferflush.intervalms', scope: 'connector', workerDefault: true, range: [1000, 3_600_000] },
        },
      ),
    })
    .prefault({}),
  'When a batch is loaded: at bytes, records or age, whichever comes first.',
);

const bufferSettings = setting(
  z
    .strictObject({
      maxBytes: setting(
        wholeNumber(2048, 100 * gib, 'bytes').optional(),
        'Memory for records in flight; beyond it partitions are paused.',
        {
          defaultText: '2 × `flush.maxBytes`',
          rangeText: '2 × `flush.maxBytes` or more',
        },
      ),
    })
    .prefault({}),
  'Memory.',
);

const commitSettings = setting(
  z
    .strictObject({
      intervalMs: setting(
        wholeNumber(10, 86_400_000, 'ms').default(60_000),
        'A batch is loaded at the latest after this time, as in Kafka Connect. Offsets are committed after each load, whatever this is.',
        {
          connect: { key: 'offset.flush.interval.ms', scope: 'worker' },
        },
      ),
    })
    .prefault({}),
  "Commits of Kafka's offsets.",
);

type EnvelopeFunction = OperatorFunction<RecordBatch, RecordBatch>;

// Modules were loaded before; what is left are functions, or mistakes.
const transform = z.custom<OwnOperator | EnvelopeFunction>((given) => typeof given === 'function' || isLoaded(given), {
  error:
    'it must be the path of a module that begins with ./ or ../, such as ./mask.js, or in a .js or .mjs file an operator function; the transforms of Kafka Connect stand in {connectTransforms}',
  // Otherwise a transform that is none would keep the rules below from running.
  abort: false,
});

function isLoaded(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'create' in given && typeof given.create === 'function';
}

/** An operator function that stands in the pipeline file itself. */
function ownOperator(given: OwnOperator | EnvelopeFunction, index: number): OwnOperator {
  if (typeof given !== 'function') return given;
  const name = given.name === '' ? `transforms[${index}]` : given.name;
  return { name, level: 'envelope', timeoutMs: OPERATOR_TIMEOUT_MS, create: () => given };
}

/** Every setting as it may be written: the one source of types, defaults, descriptions, secrets and ranges. */
export const pipelineObject = z.strictObject({
  name: setting(
    text('a name without control characters')
      .trim()
      .regex(/^\P{Cc}+$/u, { error: 'it must be a name without control characters' }),
    'Name of the pipeline; names its consumer group and its loads.',
    { connect: { key: 'name', scope: 'connector' } },
  ),
  kafka: kafkaSettings,
  key: keySettings,
  value: valueSettings,
  recordColumns: recordColumnSettings,
  connectTransforms,
  deletes: deleteSettings,
  schemaEvolution: schemaEvolutionSettings,
  starrocks: starrocksSettings,
  flush: flushSettings,
  buffer: bufferSettings,
  commit: commitSettings,
  delivery: setting(
    oneOf(['exactly-once', 'at-least-once']).default('exactly-once'),
    'How often a row gets into its table: once whatever happens, through transactions of StarRocks, or perhaps again after a crash, with one request a load.',
    { connect: { key: 'delivery', scope: 'connector' } },
  ),
  errors: errorSettings,
  tasksMax: setting(
    wholeNumber(1, 10_000).default(1),
    'Tasks of the pipeline, each a consumer of its group in a thread of its own: in this process, or in all distributed workers together.',
    {
      connect: { key: 'tasks.max', scope: 'connector' },
    },
  ),
  shutdownTimeoutMs: setting(
    wholeNumber(0, 86_400_000, 'ms').default(30_000),
    'Longest time that a clean stop may take for what is in flight.',
    { connect: { key: 'task.shutdown.graceful.timeout.ms', scope: 'worker' } },
  ),
  transforms: setting(
    z.array(transform, { error: 'it must be a list of operators' }).default([]),
    'Your own RxJS operators, which records pass before they are loaded: `./mask.js`, or `{ operator: ./mask.js, options: { … }, timeoutMs: 300000 }`.',
    { rangeText: 'paths, operator functions' },
  ),
  rest: restSection.optional(),
});

type Written = z.output<typeof pipelineObject>;

// A rule over several settings; `{path}` in its message becomes the name that the setting has in the user's file. It also
// runs when other settings are wrong, so that a user sees all problems at once; `broken` has to bear values of a wrong type.
function rule(
  path: readonly string[],
  error: string,
  broken: (given: Written) => boolean,
  sections: z.ZodType = kafkaSettingsAndLimits,
): z.core.$ZodCheck<Written> {
  return z.refine<Written>((given) => !broken(given), {
    path: [...path],
    error,
    when: ({ value }) => sections.safeParse(value).success,
  });
}

// The sections that rules look into; a rule cannot run when one of them is not there.
const kafkaSettingsAndLimits = z.looseObject({
  kafka: z.looseObject({}),
  flush: z.looseObject({}),
  buffer: z.looseObject({}),
  errors: z.looseObject({}),
});
const rowSettings = z.looseObject({
  starrocks: z.looseObject({
    properties: z.looseObject({}),
    tableProperties: z.record(z.string(), z.looseObject({})),
  }),
  value: z.looseObject({}),
  recordColumns: z.looseObject({}),
  connectTransforms: z.looseObject({}),
  deletes: z.looseObject({}),
  schemaEvolution: z.looseObject({}),
  transforms: z.array(z.unknown()),
});

const restSections = z.looseObject({ rest: z.looseObject({}) });

/** What a registry's settings owe to each other, and to the converter. */
function registryRules(part: RecordPart): z.core.$ZodCheck<Written>[] {
  const path = (name: string): string[] => [part, 'schemaRegistry', name];
  return [
    rule(path('urls'), `the converter reads the schemas of the ${part}s there`, (given) => {
      const { converter, schemaRegistry } = given[part] ?? {};
      return converter !== undefined && needsRegistry(converter) && schemaRegistry === undefined;
    }),
    rule(path('password'), `{${part}.schemaRegistry.username} and it go together`, (given) => {
      const { username, password } = given[part]?.schemaRegistry ?? {};
      return (username === undefined) !== (password === undefined);
    }),
    rule(path('token'), `only one of it and {${part}.schemaRegistry.username} may be given`, (given) => {
      const { username, token } = given[part]?.schemaRegistry ?? {};
      return username !== undefined && token !== undefined;
    }),
  ];
}

/** A dead letter that the pipeline read again would come back, and back again. */
function readsDeadLetters({ errors, kafka: { topics, topicsRegex } }: Written): boolean {
  const name = errors.deadLetterTopic?.name;
  if (name === undefined) return false;
  if (Array.isArray(topics) && topics.includes(name)) return true;
  return (
    typeof topicsRegex === 'string' &&
    topicPatternFault(topicsRegex) === undefined &&
    topicPattern(topicsRegex).test(name)
  );
}

function isSecure(rest: Written['rest']): boolean {
  return Array.isArray(rest?.listeners) && rest.listeners.some(({ scheme }) => scheme === 'https');
}

/** Fields without an order: CSV has no names. */
function hasNoColumns({ starrocks, value, connectTransforms: chain, deletes, transforms }: Written): boolean {
  if (starrocks.format !== 'csv') return false;
  const isChanged = transforms.length > 0 || listsTransforms(chain) || deletes.tombstones;
  if (!isChanged && (value.converter === 'string' || value.converter === 'bytes')) return false;
  return [starrocks.properties, ...Object.values(starrocks.tableProperties)].every(
    ({ columns }) => columns === undefined,
  );
}

/** Text that is CSV already is not taken apart. */
function addsToCsvText({ starrocks, value, recordColumns }: Written): boolean {
  const isText = value.converter === 'string' || value.converter === 'bytes';
  return starrocks.format === 'csv' && isText && Object.values(recordColumns).some((column) => column !== undefined);
}

/** What schema evolution needs, for each of its two switches. */
function evolutionRules(name: 'addColumns' | 'createTables'): z.core.$ZodCheck<Written>[] {
  const switched = (error: string, broken: (given: Written) => boolean): z.core.$ZodCheck<Written> =>
    rule(['schemaEvolution', name], error, (given) => given.schemaEvolution[name] && broken(given), rowSettings);
  return [
    switched(
      'columns are made of the types in the schemas of values, and {value.converter} brings none; make it `avro`, `protobuf`, `json-schema` or `json-with-schemas`, or leave the tables to somebody who knows the types',
      ({ value: { converter } }) => !bringsSchemas(converter),
    ),
    switched(
      'the columns are those of rows as `exact` writes them; {value.compatibility} must be `exact`',
      ({ value }) => value.compatibility === 'java',
    ),
    switched(
      'fields find their columns by their names alone; {starrocks.format} must be `json`, and no table may have `columns` or `jsonpaths` among its properties',
      ({ starrocks: { format, properties, tableProperties } }) =>
        format !== 'json' ||
        [properties, ...Object.values(tableProperties)].some(
          ({ columns, jsonpaths }) => columns !== undefined || jsonpaths !== undefined,
        ),
    ),
  ];
}

/** The model: what is written on one side, the whole configuration on the other. */
export const pipelineSchema = pipelineObject
  .check(
    rule(
      ['kafka', 'topics'],
      'either it or {kafka.topicsRegex} must name the topics',
      ({ kafka }) => !kafka.topics && !kafka.topicsRegex,
    ),
    rule(['kafka', 'topics'], 'only one of it and {kafka.topicsRegex} may be given', ({ kafka }) =>
      Boolean(kafka.topics && kafka.topicsRegex),
    ),
    rule(
      ['kafka', 'heartbeatIntervalMs'],
      'it must be less than {kafka.sessionTimeoutMs}',
      ({ kafka }) => kafka.heartbeatIntervalMs >= kafka.sessionTimeoutMs,
    ),
    // With every partition paused the client waits this long between two signs of life.
    rule(
      ['kafka', 'fetchMaxWaitMs'],
      'it must be less than {kafka.sessionTimeoutMs}',
      ({ kafka }) => kafka.fetchMaxWaitMs >= kafka.sessionTimeoutMs,
    ),
    // A broker answers an idle fetch only after that wait.
    rule(
      ['kafka', 'requestTimeoutMs'],
      'it must be more than {kafka.fetchMaxWaitMs}',
      ({ kafka }) => kafka.requestTimeoutMs <= kafka.fetchMaxWaitMs,
    ),
    // With less, partitions are paused before a batch is full, and throughput falls to one small load an interval.
    rule(
      ['buffer', 'maxBytes'],
      'it must be at least twice {flush.maxBytes}',
      ({ buffer, flush }) => buffer.maxBytes !== undefined && buffer.maxBytes < 2 * flush.maxBytes,
    ),
    ...registryRules('key'),
    ...registryRules('value'),
    rule(
      ['deletes', 'column'],
      'with {deletes.mode} `soft` it names the column that says whether a row is deleted',
      ({ deletes }) => deletes.mode === 'soft' && deletes.column === undefined,
      rowSettings,
    ),
    rule(
      ['deletes', 'tombstones'],
      'the rows that it makes can only delete, so that {deletes.mode} must be `apply`',
      ({ deletes }) => deletes.tombstones && deletes.mode !== 'apply',
      rowSettings,
    ),
    // Bytes that nobody parses have no fields.
    rule(
      ['deletes', 'mode'],
      'it is for rows with fields, which {value.converter} does not make; it must be `apply`',
      ({ deletes, value }) => deletes.mode !== 'apply' && value.converter === 'bytes',
      rowSettings,
    ),
    rule(
      ['starrocks', 'format'],
      'then the fields need an order: set `columns` in {starrocks.properties}, or make {value.converter} the one for text if the values are CSV already',
      hasNoColumns,
      rowSettings,
    ),
    ...evolutionRules('addColumns'),
    ...evolutionRules('createTables'),
    rule(
      ['recordColumns'],
      'nothing can be added to values that are CSV text; use a converter that reads their fields',
      addsToCsvText,
      rowSettings,
    ),
    rule(
      ['rest', 'password'],
      '{rest.username} and it go together',
      ({ rest }) => (rest?.username === undefined) !== (rest?.password === undefined),
      restSections,
    ),
    ...(['cert', 'key'] as const).map((name) =>
      rule(
        ['rest', 'tls', name],
        '{rest.listeners} with `https://` need a certificate and its key',
        ({ rest }) => isSecure(rest) && rest?.tls?.[name] === undefined,
        restSections,
      ),
    ),
    rule(['errors', 'deadLetterTopic', 'name'], 'it must not be one of the topics that are read', readsDeadLetters),
  )
  .transform((given) => ({
    ...given,
    kafka: {
      ...given.kafka,
      clientId: given.kafka.clientId ?? defaultClientId(given.name),
      groupId: given.kafka.groupId ?? `connect-${given.name}`,
    },
    starrocks: {
      ...given.starrocks,
      mysqlAddresses: given.starrocks.mysqlAddresses ?? given.starrocks.urls.map(mysqlAddress),
    },
    buffer: { maxBytes: given.buffer.maxBytes ?? 2 * given.flush.maxBytes },
    transforms: given.transforms.map(ownOperator),
  }));

/** One pipeline, every field filled. Nothing behind it knows which door it came through. */
export type PipelineConfig = z.output<typeof pipelineSchema>;
