import { type Preview, type PreviewedRecord } from '../preview.ts';

/** What a preview comes to. */
export interface PreviewVerdict {
  /** Whether a run would load all of it, as far as could be seen. */
  readonly everythingLoads: boolean;
  /** Records that would be loaded, as `rows`. */
  readonly good: number;
  readonly rows: number;
  /** Records that cannot be loaded. */
  readonly bad: number;
  /** Records that make no row: tombstones, and what transforms leave out. */
  readonly left: number;
  /** What StarRocks would store otherwise than it is sent. */
  readonly notes: number;
  readonly firstBad: PreviewedRecord | undefined;
}

/** Counts what a preview shows. */
export function previewVerdict({ records, loads, errors }: Preview): PreviewVerdict {
  const bad = records.filter(isBad);
  const good = records.filter((record) => !isBad(record) && record.rows.length > 0);
  const findings = records.flatMap(({ rows }) => rows.flatMap((row) => row.findings));
  return {
    everythingLoads: bad.length === 0 && errors.length === 0 && !loads.some(({ unchecked }) => unchecked?.isFault),
    bad: bad.length,
    good: good.length,
    left: records.length - bad.length - good.length,
    rows: good.reduce((sum, { rows }) => sum + rows.length, 0),
    notes: findings.filter(({ kind }) => kind !== 'refused').length,
    firstBad: bad[0],
  };
}

function isBad({ failure, rows }: PreviewedRecord): boolean {
  return failure !== undefined || rows.some(({ findings }) => findings.some(({ kind }) => kind === 'refused'));
}
