import { BodyMemory } from '../../src/core/body-memory.ts';
import { type RowWriter } from '../../src/operators/encode-rows.ts';
import { RowSink } from '../../src/operators/row-sink.ts';

/** The rows that a value makes, as text. */
export function rowsWritten(writer: RowWriter, value: unknown): string[] {
  const sink = new RowSink();
  sink.begin(writer.format.separator);
  writer.write(value, sink);
  const { body, rowEnds } = sink.take(new BodyMemory(() => 0));
  const text = Buffer.from(body);
  return Array.from(rowEnds, (end, row) =>
    text.toString('utf8', row === 0 ? 0 : (rowEnds[row - 1] as number) + writer.format.separator.length, end),
  );
}
