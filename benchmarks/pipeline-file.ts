import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiled } from './lab.ts';
import { DATABASE } from './null-server.ts';
import { type Delivery, type Format } from './options.ts';

/** Fetch settings, the same for every program that is measured. */
export interface FetchSettings {
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly maxPartitionFetchBytes: number;
}

/** Kafka's defaults, but for what one answer may bring of one partition. */
export function fetchSettings(maxPartitionFetchBytes: number): FetchSettings {
  return { fetchMinBytes: 1, fetchMaxBytes: 52_428_800, fetchMaxWaitMs: 500, maxPartitionFetchBytes };
}

/** The operators that a pipeline can be measured with. */
export type BenchOperator = keyof typeof OPERATORS;

/** What differs between the pipelines that are measured. Sizes in bytes, times in milliseconds. */
export interface PipelineChoice {
  readonly name: string;
  readonly brokers: readonly string[];
  /** The table of each topic. */
  readonly tables: Readonly<Record<string, string>>;
  readonly feUrl: string;
  readonly fetch: FetchSettings;
  readonly flush: { readonly maxBytes: number; readonly intervalMs: number };
  readonly delivery: Delivery;
  /** Default: one. */
  readonly tasksMax?: number;
  readonly transform: 'none' | BenchOperator;
  /** Kafka Connect's transforms: the keys of a connector. */
  readonly chain?: Readonly<Record<string, string>>;
  /** How its values are read, when they are not plain JSON. */
  readonly value?: { readonly converter: Format; readonly schemaRegistry: { readonly urls: readonly string[] } };
}

/** What the operator of `change` does, as Kafka Connect says it. */
export const CHAIN: Readonly<Record<string, string>> = {
  transforms: 'drop,add',
  'transforms.drop.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
  'transforms.drop.exclude': 'city',
  'transforms.add.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
  'transforms.add.static.field': 'source',
  'transforms.add.static.value': 'tributary',
};

/** Writes the pipeline file of one run and returns its path. JSON without a transform, a module with one. */
export async function writePipelineFile(dir: string, choice: PipelineChoice): Promise<string> {
  const config = {
    name: choice.name,
    kafka: { brokers: choice.brokers, topics: Object.keys(choice.tables), ...choice.fetch },
    starrocks: {
      urls: [choice.feUrl],
      database: DATABASE,
      username: 'root',
      password: '',
      tables: choice.tables,
    },
    ...(choice.value && { value: choice.value }),
    ...(choice.chain && { connectTransforms: choice.chain }),
    flush: choice.flush,
    delivery: choice.delivery,
    tasksMax: choice.tasksMax,
  };
  const json = JSON.stringify(config, undefined, 2);
  const file = join(dir, `${choice.name}.${choice.transform === 'none' ? 'json' : 'mjs'}`);
  await writeFile(file, choice.transform === 'none' ? json : moduleText(json, choice.transform));
  return file;
}

const OPERATORS = {
  identity: '(source) => source',
  change: `liftRecords(
  map((record) => {
    const { city, ...row } = record.value;
    return { ...record, value: Object.assign(row, { source: 'tributary' }) };
  }),
)`,
  mask: `liftRecords(
  map((record) => {
    const value = { ...record.value };
    for (const column of ['name', 'city']) {
      value[column] = createHmac('sha256', 'a secret of the benchmark').update(String(value[column])).digest('hex');
    }
    return { ...record, value };
  }),
)`,
} as const;

function moduleText(json: string, operator: BenchOperator): string {
  return `import { createHmac } from 'node:crypto';
import { map } from 'rxjs';
import { liftRecords } from ${JSON.stringify(pathToFileURL(compiled.publicApi).href)};

export default { ...${json}, transforms: [${OPERATORS[operator]}] };
`;
}
