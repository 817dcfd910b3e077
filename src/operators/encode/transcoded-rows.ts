import { asBuffer } from '../../core/as-buffer.ts';
import { type ConnectValue } from '../../core/connect-data.ts';
import { describeError } from '../../core/errors.ts';
import { type RawValue, type RecordList } from '../../core/record-batch.ts';
import { type TableColumns } from '../../core/table-columns.ts';
import { UTC } from '../../core/time-zone.ts';
import { convertValue } from '../decode/convert-values.ts';
import { type Converter, DataError, type SchemaReader } from '../decode/converter.ts';
import { ID_LENGTH } from '../decode/registry/wire-format.ts';
import { type FieldStep, type Transcode, type Transcoder } from '../decode/transcoder.ts';
import { RowError, type RowWriter } from '../encode-rows.ts';
import { type RowSink } from '../row-sink.ts';
import { fieldSteps, type RowOptions } from './connect-row.ts';
import { columnFits } from './fit-rows.ts';
import { type Fit } from './fit-value.ts';
import { isRowFault, rowMaker } from './to-rows.ts';

export interface TranscodeOptions {
  readonly converter: Converter;
  readonly rows: RowOptions;
  /** Of the table, where rows are made to fit them. */
  readonly columns: TableColumns | undefined;
}

/**
 * Writes the rows of records as they were fetched: straight from the bytes of those that can be, and through the converter
 * of all others. Both ways write the same rows; the second one also says what is wrong with a record.
 *
 * @param writer writes the rows that the converter made.
 */
export function transcodedRows(writer: RowWriter, { converter, rows, columns }: TranscodeOptions): RowWriter {
  const transcodes = new Transcodes(rows, columns);
  const rowOf = rowMaker(rows);
  const convert = (records: RecordList<RawValue>, index: number, to: RowSink): void => {
    const row = rowOrFault(() => rowOf(convertValue(converter, records, index)));
    if (row !== null) writer.write(row, to);
  };
  return {
    format: writer.format,
    write: (row, to) => writer.write(row, to),
    writeRecord(records, index, to) {
      const values = records as RecordList<RawValue>;
      if (!transcodes.write(values, converter.readerOf?.(values, index), index, to)) convert(values, index, to);
    },
  };
}

/** @throws RowError in the place of what says that a value cannot be read or has no row. */
function rowOrFault(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DataError) && !isRowFault(error)) throw error;
    throw new RowError(describeError(error), { cause: error });
  }
}

/** How the data of each schema are written into the columns of a table as they are known now. */
class Transcodes {
  readonly #rows: RowOptions;
  readonly #columns: TableColumns | undefined;
  #known: TableColumns['known'];
  #made = new Map<Transcoder, Transcode | undefined>();

  constructor(rows: RowOptions, columns: TableColumns | undefined) {
    this.#rows = rows;
    this.#columns = columns;
  }

  /** Returns whether the row is there. */
  write({ bytes }: RecordList<RawValue>, reader: SchemaReader | undefined, index: number, to: RowSink): boolean {
    if (!bytes || !reader?.transcoder) return false;
    const memory = asBuffer(bytes.memory(index));
    const start = bytes.start(index) + ID_LENGTH;
    const end = bytes.end(index);
    const transcoder = reader.transcoder(memory, start, end);
    const transcode = transcoder && this.#transcodeOf(transcoder);
    if (!transcode) return false;
    const { at } = to;
    try {
      transcode(memory, start, end, to);
    } catch {
      to.at = at;
      return false;
    }
    to.endRow();
    return true;
  }

  #transcodeOf(transcoder: Transcoder): Transcode | undefined {
    if (this.#columns?.known !== this.#known) {
      this.#known = this.#columns?.known;
      this.#made = new Map();
    }
    if (!this.#made.has(transcoder)) this.#made.set(transcoder, this.#make(transcoder));
    return this.#made.get(transcoder);
  }

  #make({ schema, compile }: Transcoder): Transcode | undefined {
    const steps = fieldSteps(schema, this.#rows);
    if (!steps) return undefined;
    const fits = columnFits(this.#known ?? [], this.#rows.zone ?? UTC);
    return compile(schema.fields.map(({ name }, index) => both(steps[index], fits.get(name))));
  }
}

/** What becomes of a field's values, and then of what is to go into its column. */
function both(step: FieldStep, fit: Fit | undefined): FieldStep {
  if (!fit) return step;
  return (value: ConnectValue) => {
    const made = step ? step(value) : value;
    return made === null || made === undefined ? made : fit(made);
  };
}
