import { type IncomingHttpHeaders } from 'node:http';
import { type JsonPath, parseJsonPath, parseJsonPaths } from '../json/json-path.ts';
import { type StarRocksVersion } from '../version.ts';
import { type ColumnsHeader, parseColumnsHeader } from './columns-header.ts';
import { type Compression, requestCompression } from './compression.ts';
import { type CsvOptions, parseCsvOptions } from './csv-options.ts';
import { booleanHeader, header, integerHeader } from './header-values.ts';
import { LoadError, notEmulatedLoad } from './load-error.ts';
import { type LoadFormat, parseFormat } from './load-format.ts';

/** What a load's headers ask for, checked. */
export interface LoadOptions {
  readonly format: LoadFormat;
  readonly compression: Compression | undefined;
  readonly columns: ColumnsHeader | undefined;
  readonly where: string | undefined;
  readonly maxFilterRatio: number;
  readonly strictMode: boolean;
  readonly stripOuterArray: boolean;
  readonly jsonPaths: readonly JsonPath[] | undefined;
  readonly jsonRoot: JsonPath | undefined;
  readonly csv: CsvOptions;
  readonly partialUpdate: boolean;
  readonly mergeCondition: string | undefined;
  readonly negative: boolean;
  /** What time functions in expressions go by. */
  readonly timeZone: string | undefined;
  /** Rows to keep in the rejected-record file: -1 for all. */
  readonly logRejectedRecords: number;
}

/** The headers that come after the transaction has begun (§1.3 step 11). */
export function parseLoadOptions(headers: IncomingHttpHeaders, version: StarRocksVersion): LoadOptions {
  const { format, compression } = parseFormat(headers);
  refuse(headers, version);
  const columns = header(headers, 'columns');
  const jsonPaths = header(headers, 'jsonpaths');
  const jsonRoot = header(headers, 'json_root');
  checkNumbers(headers);
  return {
    format,
    compression: format === 'json' ? requestCompression(headers, version) : compression,
    columns: columns === undefined || columns.trim() === '' ? undefined : parseColumnsHeader(columns),
    where: header(headers, 'where'),
    maxFilterRatio: ratio(header(headers, 'max_filter_ratio')),
    strictMode: booleanHeader(headers, 'strict_mode', 'Invalid strict mode format. Must be bool type'),
    stripOuterArray: header(headers, 'strip_outer_array')?.toLowerCase() === 'true',
    jsonPaths: jsonPaths === undefined || jsonPaths === '' ? undefined : parseJsonPaths(jsonPaths),
    jsonRoot: jsonRoot === undefined || jsonRoot === '' ? undefined : parseJsonPath(jsonRoot),
    csv: parseCsvOptions(headers, version),
    partialUpdate: booleanHeader(headers, 'partial_update', 'Invalid partial update flag format. Must be bool type'),
    mergeCondition: version.atLeast(2, 5) ? header(headers, 'merge_condition') : undefined,
    timeZone: header(headers, 'timezone'),
    negative: header(headers, 'negative') === 'true',
    logRejectedRecords: version.atLeast(3, 1) ? (integerHeader(headers, 'log_rejected_record_num', '') ?? 0) : 0,
  };
}

/** Options that change which rows are loaded, and that nobody has written here yet. */
const REFUSED = ['partitions', 'temporary_partitions', 'envelope'] as const;

function refuse(headers: IncomingHttpHeaders, version: StarRocksVersion): void {
  if (headers['partitions'] !== undefined && headers['temporary_partitions'] !== undefined) {
    throw new LoadError('Can not specify both partitions and temporary partitions');
  }
  for (const name of REFUSED) {
    const value = header(headers, name);
    if (value === undefined || value === '' || (name === 'envelope' && value.toLowerCase() === 'none')) continue;
    throw notEmulatedLoad(`header ${name}: ${value}`);
  }
  if (!version.atLeast(2, 3) && headers['partial_update'] !== undefined)
    throw notEmulatedLoad('partial_update before 2.3');
}

function checkNumbers(headers: IncomingHttpHeaders): void {
  atLeast(
    headers,
    'load_mem_limit',
    0,
    'load_mem_limit must be equal or greater than 0',
    'Invalid load mem limit format',
  );
  atLeast(headers, 'exec_mem_limit', 1, 'exec_mem_limit must be greater than 0', 'Invalid exec mem limit format');
  atLeast(headers, 'load_dop', -Infinity, '', 'Invalid load_dop format');
  const tooLow = 'log_rejected_record_num must be equal or greater than -1';
  atLeast(headers, 'log_rejected_record_num', -1, tooLow, 'Invalid log_rejected_record_num format');
}

function atLeast(headers: IncomingHttpHeaders, name: string, least: number, tooLow: string, malformed: string): void {
  const value = integerHeader(headers, name, malformed);
  if (value !== undefined && value < least) throw new LoadError(tooLow);
}

/** strtod: what is no number counts as 0. */
function ratio(text: string | undefined): number {
  const number = Number.parseFloat(text ?? '0');
  return Number.isNaN(number) ? 0 : number;
}
