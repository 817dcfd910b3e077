import { asBuffer } from '../core/as-buffer.ts';
import { type RawValue } from '../core/record-batch.ts';
import { utf8TextOf } from '../core/utf8.ts';
import { type Preview, type PreviewedLoad, type PreviewedRecord } from '../preview.ts';
import { previewVerdict } from './preview-verdict.ts';

/** What the next records of a pipeline would become, for programs: one line of JSON. What is JSON itself stands in it as text. */
export function previewJson(preview: Preview): string {
  const { pipeline, group, request, starts, records, loads, errors } = preview;
  const { everythingLoads } = previewVerdict(preview);
  const shown = {
    pipeline,
    group,
    everythingLoads,
    from: request.from,
    starts,
    records: records.map(recordJson),
    loads: loads.map(loadJson),
    errors,
  };
  return `${JSON.stringify(shown)}\n`;
}

function recordJson({ record, table, stages, failure, rows }: PreviewedRecord): object {
  const { topic, partition, offset, timestamp, key, value, headers } = record;
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: bytesJson(key),
    value: bytesJson(value),
    headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, headerJson(header)])),
    table: `${table.database}.${table.table}`,
    stages,
    ...(failure && { failure }),
    rows: rows.map(({ bytes, findings, target }) => ({
      row: bytesJson(bytes),
      ...(target && { table: `${target.database}.${target.table}` }),
      findings,
    })),
  };
}

function loadJson({ table, request, rows, body, unchecked }: PreviewedLoad): object {
  return {
    table: `${table.database}.${table.table}`,
    path: request.path,
    headers: request.headers,
    rows,
    body: bytesJson(body),
    ...(unchecked && { unchecked: unchecked.reason }),
  };
}

function headerJson(header: unknown): unknown {
  if (Array.isArray(header)) return header.map(headerJson);
  return header instanceof Uint8Array ? bytesJson(header) : header;
}

/** Text, or what isn't text in base64. */
function bytesJson(bytes: RawValue): unknown {
  if (bytes === null) return null;
  return utf8TextOf(bytes) ?? { base64: asBuffer(bytes).toString('base64') };
}
