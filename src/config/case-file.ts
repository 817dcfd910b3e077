import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { type Column, parseColumnType } from '../core/column-type.ts';
import { ConfigError } from '../core/errors.ts';
import { topicPattern } from '../core/java-regex.ts';
import { likelyMeant } from '../core/nearest.ts';
import { type Findings, key, noFindings, quote } from './findings.ts';
import { type LoadOptions, loadConfig } from './load.ts';
import type { PipelineConfig } from './model.ts';
import { anyText, text, wholeNumber } from './settings.ts';
import { type PipelineSource, readExactDocument } from './source-file.ts';
import { dotted } from './walk.ts';

/** A file of cases with the pipeline that they are for. */
export interface CaseFile {
  readonly file: string;
  readonly config: PipelineConfig;
  /** What reading the pipeline's files has to say; one sentence each. */
  readonly warnings: readonly string[];
  /** The columns of tables, as far as the file says them. */
  readonly columns: ReadonlyMap<string, readonly Column[]>;
  readonly cases: readonly Case[];
}

/** Records, and what has to become of them. */
export interface Case {
  readonly name: string;
  readonly records: readonly CaseRecord[];
  /** By table: the rows that are added or replaced. */
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
  /** By table: the rows that are deleted. */
  readonly deletes: Readonly<Record<string, readonly unknown[]>>;
  /** A part of each bad record's error, in the order of the records. */
  readonly errors: readonly string[];
  /** How many records make no row; undefined where it does not matter. */
  readonly dropped: number | undefined;
}

/**
 * A record as a person writes it. Text stands for its bytes, null for nothing, `{ base64: … }` for any bytes, and anything
 * else for its JSON; numbers keep their digits.
 */
export interface CaseRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: unknown;
  readonly value: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch; -1 for none. */
  readonly timestamp: number;
}

const fileNames = z.union([text('the name of a file').transform((file) => [file]), z.array(text()).min(1)], {
  error: 'it must be the name of a file, or a list of them',
});

const recordShape = {
  topic: text('the name of a topic').optional(),
  partition: wholeNumber(0, 2 ** 31 - 1).default(0),
  key: z.unknown().optional(),
  value: z.unknown().refine((value) => value !== undefined, { error: 'a record without one has `value: null`' }),
  headers: z.record(z.string(), z.unknown(), { error: 'it must be a list of names and values' }).default({}),
  timestamp: wholeNumber(-1, Number.MAX_SAFE_INTEGER, 'ms').default(-1),
};

const rowsByTable = z
  .record(z.string(), z.array(z.unknown(), { error: 'it must be a list of rows' }), {
    error: 'it must hold a list of rows for each table',
  })
  .optional();

const caseShape = {
  name: text('the name of the case'),
  records: z
    .array(z.strictObject(recordShape, { error: 'it must be a record, with its `value`' }), {
      error: 'it must be a list of records',
    })
    .min(1, { error: 'it must have at least one record' }),
  rows: rowsByTable,
  deletes: rowsByTable,
  errors: z
    .union([text().transform((error) => [error]), z.array(text())], {
      error: 'it must be a part of the error that is expected, or a list of them',
    })
    .optional(),
  dropped: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
};

const fileShape = {
  pipeline: fileNames.optional(),
  connect: fileNames.optional(),
  columns: z
    .record(
      z.string(),
      z.record(z.string(), anyText('a type of StarRocks, such as INT'), {
        error: 'it must hold the columns of a table',
      }),
      { error: 'it must hold the columns of each table' },
    )
    .default({}),
  cases: z
    .array(
      z
        .strictObject(caseShape, { error: 'it must be a case, with `name` and `records`' })
        .refine(
          ({ rows, deletes, errors, dropped }) => [rows, deletes, errors, dropped].some((part) => part !== undefined),
          {
            error:
              'it says nothing of what has to become of its records: give `rows`, `deletes`, `errors` or `dropped`',
          },
        ),
      { error: 'it must be a list of cases' },
    )
    .min(1, { error: 'it must have at least one case' }),
};

const fileSchema = z
  .strictObject(fileShape, { error: 'it must hold `pipeline` or `connect`, and `cases`' })
  .refine(({ pipeline, connect }) => (pipeline === undefined) !== (connect === undefined), {
    error: 'either `pipeline` or `connect` must name the files of the pipeline',
  });

type Written = z.output<typeof fileSchema>;
type WrittenRecord = Written['cases'][number]['records'][number];

/** The keys at a place, which is told by its depth: the file, a case, a record. */
const KEYS_AT: Readonly<Record<number, readonly string[]>> = {
  0: Object.keys(fileShape),
  2: Object.keys(caseShape),
  4: Object.keys(recordShape),
};

/**
 * Reads a file of cases, and the files of the pipeline that it names, which are relative to it.
 *
 * @throws ConfigError with every problem of the file, or of the pipeline's.
 */
export async function loadCases(file: string, { cwd, env }: LoadOptions): Promise<CaseFile> {
  const findings = noFindings();
  const source = await readExactDocument(file, cwd, findings);
  const written = source && parse(source, findings);
  if (!source || !written || findings.problems.length > 0) throw new ConfigError(findings.problems);
  const files = written.pipeline ?? written.connect ?? [];
  const { pipelines, warnings } = await loadConfig(files, { cwd: dirname(resolve(cwd, file)), env });
  const [config, second] = pipelines;
  if (!config || second) {
    throw new ConfigError([
      `${key(written.pipeline ? 'pipeline' : 'connect')} (${source.place([written.pipeline ? 'pipeline' : 'connect'])}) names ${config ? 'several pipelines' : 'no pipeline'}; a file of cases is for one.`,
    ]);
  }
  const columns = readColumns(written.columns, source, findings);
  const cases = written.cases.map((one, index) => ({
    ...one,
    rows: one.rows ?? {},
    deletes: one.deletes ?? {},
    errors: one.errors ?? [],
    dropped: one.dropped,
    records: one.records.map((record, at) =>
      readRecord(record, config, source.place(['cases', index, 'records', at]), findings),
    ),
  }));
  if (findings.problems.length > 0) throw new ConfigError(findings.problems);
  return { file, config, warnings, columns, cases };
}

function parse({ file, value, place }: PipelineSource, findings: Findings): Written | undefined {
  const result = fileSchema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const name of issue.keys) findings.problems.push(unknownKey(issue.path, name, place([...issue.path, name])));
    } else if (issue.path.length === 0) {
      findings.problems.push(`${file}: ${issue.message}.`);
    } else {
      const given = valueAt(value, issue.path);
      const name = key(dotted(issue.path));
      const where = place(issue.path);
      findings.problems.push(
        given === undefined
          ? `${name} is missing (${where}): ${issue.message}.`
          : isScalar(given)
            ? `${name} is ${quote(given)} (${where}), but ${issue.message}.`
            : `${name} (${where}): ${issue.message}.`,
      );
    }
  }
  return undefined;
}

function unknownKey(path: readonly PropertyKey[], name: string, place: string): string {
  const known = KEYS_AT[path.length] ?? [];
  const meant = likelyMeant(name, known);
  const hint = meant === undefined ? `there are ${known.map(key).join(', ')}.` : `did you mean ${key(meant)}?`;
  return `${key(dotted([...path, name]))} (${place}) is not known here; ${hint}`;
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (Reflect.get(value, step) as unknown) : undefined),
    given,
  );
}

function readColumns(
  written: Written['columns'],
  { place }: PipelineSource,
  findings: Findings,
): ReadonlyMap<string, readonly Column[]> {
  const tables = new Map<string, readonly Column[]>();
  for (const [table, types] of Object.entries(written)) {
    const columns = Object.entries(types).map(([name, declared]): Column => {
      const required = /\s+not\s+null\s*$/i.test(declared);
      const type = parseColumnType(declared.replace(/\s+(?:not\s+)?null\s*$/i, ''));
      if (type.kind === 'other' && !/^\s*(?:bitmap|hll|percentile|variant|time)\b/i.test(declared)) {
        const path = ['columns', table, name];
        findings.problems.push(
          `${key(dotted(path))} is ${quote(declared)} (${place(path)}), which is not a type of StarRocks, such as INT, DECIMAL(10,2), VARCHAR(20), ARRAY<INT>, each with NOT NULL or without.`,
        );
      }
      return { name, type, ...(required && { required }) };
    });
    tables.set(table, columns);
  }
  return tables;
}

function readRecord(
  { topic, partition, key: recordKey, value, headers, timestamp }: WrittenRecord,
  { kafka }: PipelineConfig,
  place: string,
  findings: Findings,
): CaseRecord {
  const { topics, topicsRegex } = kafka;
  const [only, second] = topics ?? [];
  const from = topic ?? (second === undefined ? only : undefined);
  if (from === undefined) {
    findings.problems.push(`The record at ${place} needs ${key('topic')}, because the pipeline reads more than one.`);
  } else if (topics ? !topics.includes(from) : !topicPattern(topicsRegex ?? '').test(from)) {
    findings.problems.push(
      `The record at ${place} is of the topic ${quote(from)}, which the pipeline does not read; it reads ${topics ? topics.map(quote).join(', ') : quote(topicsRegex)}.`,
    );
  }
  return { topic: from ?? '', partition, key: recordKey ?? null, value, headers, timestamp };
}
