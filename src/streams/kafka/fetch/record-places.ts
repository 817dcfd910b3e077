/** Capacities are rounded up to it, so that fetches of about the same number of records share memory. */
const STEP = 1_024;
/** Most that are kept for the next fetches, and the records that one of them has room for. */
const MOST_SPARE = 8;
const MOST_RECORDS = 64 * 1_024;

const spare: RecordPlaces[] = [];

/**
 * Where the records of a fetch lie. It is used again: at 20 bytes a record it would be the largest part of what is left for the
 * garbage collector by rows that are only copied.
 */
export class RecordPlaces {
  readonly offsets: Float64Array;
  /** Where each record begins, behind its length. */
  readonly records: Int32Array;
  /** Where each value begins; -1 for none. */
  readonly values: Int32Array;
  readonly valueEnds: Int32Array;

  private constructor(capacity: number) {
    this.offsets = new Float64Array(capacity);
    this.records = new Int32Array(capacity);
    this.values = new Int32Array(capacity);
    this.valueEnds = new Int32Array(capacity);
  }

  /** Room for so many records, with anything in it. */
  static take(count: number): RecordPlaces {
    const found = spare.findIndex(({ offsets }) => offsets.length >= count);
    const [places] = spare.splice(Math.max(found, 0), 1);
    return places && found >= 0 ? places : new RecordPlaces(Math.ceil(count / STEP) * STEP);
  }

  /** For who knows that nobody will look at it any more. */
  static give(places: RecordPlaces): void {
    if (spare.length < MOST_SPARE && places.offsets.length <= MOST_RECORDS) spare.push(places);
  }
}

/** What is left of a fetch that is released. */
export const NO_PLACES = RecordPlaces.take(0);
