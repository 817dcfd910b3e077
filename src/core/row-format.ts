/** How rows become the body of one load. */
export interface RowFormat {
  /** What stands before the first row. */
  readonly open: Uint8Array;
  /** What stands between two rows. */
  readonly separator: Uint8Array;
  /** What stands behind the last row. */
  readonly close: Uint8Array;
}

/**
 * One JSON array. An array rather than a stream of objects, because a truncated array is an error and a truncated stream is
 * not.
 */
export const JSON_ROWS: RowFormat = { open: Buffer.from('['), separator: Buffer.from(','), close: Buffer.from(']') };

/** CSV rows, each with its delimiter: in a transaction the bodies of loads are concatenated. */
export function csvFormat(delimiter: Uint8Array): RowFormat {
  return { open: Buffer.alloc(0), separator: delimiter, close: delimiter };
}
