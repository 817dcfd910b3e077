import { Buffer } from 'node:buffer';
import { type EncodedBatch, rowBytes } from '../../src/core/encoded-batch.ts';
import { type RefusedRow } from '../../src/core/refused-row.ts';
import { type ProbeOutcome } from '../../src/sinks/starrocks/load-probe.ts';
import { type LoadBody } from '../../src/sinks/starrocks/starrocks-http.ts';
import { encodedBatch } from './records.ts';

/**
 * What a row does: `type` and `null` are refused, and the log has the text of the first as it was sent; `left` is left
 * out by `where`; `break` breaks StarRocks' parser, and `malformed` ours before that; `lie` is refused with a log entry
 * that names row 0.
 */
export type Fate = 'good' | 'type' | 'null' | 'left' | 'break' | 'malformed' | 'lie';

/** StarRocks as a search for refused rows sees it, and what it was asked. */
export class FakeJudge {
  /** Rows in each probe. */
  readonly probes: number[] = [];
  bytes = 0;
  /** Rows that a log has at most. */
  logged = 50;
  /** More rows than this break the parser together. */
  mostRows = Number.POSITIVE_INFINITY;
  onProbe: () => void = () => undefined;
  readonly #hasWhere: boolean;

  constructor({ hasWhere = false } = {}) {
    this.#hasWhere = hasWhere;
  }

  async run({ chunks, length }: LoadBody, rows: number): Promise<ProbeOutcome> {
    this.onProbe();
    const bytes = Buffer.concat(chunks);
    if (bytes.length !== length) throw new Error('the length is wrong');
    const texts = bytes
      .toString('utf8')
      .slice(1, -1)
      .split(/(?<=\}),/);
    if (texts.length !== rows) throw new Error(`${texts.length} rows were sent as ${rows}`);
    this.probes.push(rows);
    this.bytes += length;
    await Promise.resolve();
    const fates = texts.map((text) => /"fate":"(\w+)"/.exec(text)?.[1]);
    const refused = texts.filter((_, index) => ['type', 'null', 'lie'].includes(fates[index] ?? ''));
    const log = refused.slice(0, this.logged).map(entryOf);
    if (fates.includes('break') || fates.includes('malformed') || rows > this.mostRows) {
      return { kind: 'uncounted', message: 'Failed to parse json as array.', log: [] };
    }
    const left = fates.filter((fate) => fate === 'left').length;
    if (this.#hasWhere && refused.length > 0 && left + refused.length === rows) {
      return { kind: 'uncounted', message: 'all partitions have no load data', log };
    }
    return { kind: 'counted', filtered: refused.length, log };
  }
}

function entryOf(text: string): string {
  const { id, fate } = JSON.parse(text) as { id: number; fate: Fate };
  if (fate === 'lie') return `Value 'x. Row: {"id":0,"fate":"good"}`;
  if (fate === 'type') return `Value 'x' is out of range. The type of 'id' is INT. Row: ${text}`;
  return `NULL value in non-nullable column 'v'. Row: [${id}, NULL]`;
}

/** Rows of these fates, in parts of a size. */
export function rowsOf(fates: readonly Fate[], partRows = fates.length): EncodedBatch[] {
  const parts: EncodedBatch[] = [];
  for (let start = 0; start < fates.length; start += partRows) {
    const rows = fates.slice(start, start + partRows).map((fate, index) => `{"id":${start + index},"fate":"${fate}"}`);
    parts.push(encodedBatch(rows, { partition: parts.length, firstOffset: 1_000 + start }));
  }
  return parts;
}

/** Stands for the strict path. */
export function* malformedRows(parts: readonly EncodedBatch[]): Generator<RefusedRow, void> {
  for (const part of parts) {
    for (let row = 0; row < part.rows; row++) {
      if (!Buffer.from(rowBytes(part, row)).includes('malformed')) continue;
      yield { part, row, offset: part.rowOffset(row), reason: 'its value is not JSON' };
    }
  }
}
