import { LoadRejectedError } from '../../core/errors.ts';
import { reasonsIn } from './error-log.ts';
import { type LoadProbe, type ProbeOutcome } from './load-probe.ts';
import { type RowList } from './row-list.ts';

/** How much a search may cost. */
export interface SearchLimits {
  /** Trial loads. */
  readonly probes: number;
  /** Bytes sent, as a multiple of the load's own. */
  readonly bodies: number;
}

/** What a search works with. */
export interface RefusedRowSearchOptions {
  readonly rows: RowList;
  readonly probe: Pick<LoadProbe, 'run'>;
  readonly limits: SearchLimits;
  readonly signal: AbortSignal;
}

/** Counts, and a log that may be about the rows around those that were counted. */
type Counted = Extract<ProbeOutcome, { kind: 'counted' }> & { readonly logsOthers?: boolean };

/** The rest is probed again, rather than halved, when as many rows are left as this many looks into the log may name. */
const LOOKS = 2;
const NO_REASON = 'its error log gives no reason';
const REASON_OF_OTHERS = 'its error log ends before this row, and says of other rows of the load';

/** The counts of two probes contradict each other. */
class ContradictionError extends Error {}

/**
 * One search for refused rows. It leans on one thing: a row's fate does not depend on its neighbours. Then the count of
 * a right half is what the whole has more than the left half, and rows with the same text share their fate.
 *
 * The error log only makes it quicker. It quotes values of rows, so it can be made to name a row that is fine; the counts
 * would show that, and then the search starts over with nothing but them.
 */
export class RefusedRowSearch {
  readonly #options: RefusedRowSearchOptions;
  readonly #mostBytes: number;
  #found = new Map<number, string>();
  #trustsLog = true;
  #probes = 0;
  #bytes = 0;

  constructor(options: RefusedRowSearchOptions) {
    const { rows, limits } = options;
    this.#options = options;
    this.#mostBytes = rows.length === 0 ? 0 : limits.bodies * rows.body(rows.select(() => true)).length;
  }

  get probes(): number {
    return this.#probes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Every refused row with its reason.
   *
   * @param bad rows that are known to be wrong already.
   * @throws LoadRejectedError when the counts contradict each other, or a limit is reached.
   */
  async all(bad: ReadonlyMap<number, string>): Promise<ReadonlyMap<number, string>> {
    try {
      return await this.#all(bad);
    } catch (error) {
      if (!(error instanceof ContradictionError)) throw error;
      this.#trustsLog = false;
    }
    try {
      return await this.#all(bad);
    } catch (error) {
      throw error instanceof ContradictionError ? new LoadRejectedError(error.message) : error;
    }
  }

  /**
   * The first refused row with its reason, or nothing.
   *
   * @param bad the first row that is known to be wrong already.
   * @throws LoadRejectedError when the counts contradict each other, or a limit is reached.
   */
  async first(bad?: readonly [number: number, reason: string]): Promise<ReadonlyMap<number, string>> {
    let rows = this.#options.rows.select((number) => bad === undefined || number < bad[0]);
    let outcome: ProbeOutcome | undefined = await this.#probe(rows);
    if (isClean(outcome)) return new Map(bad && [bad]);
    while (rows.length > 1) {
      const [left, right] = halves(rows);
      const seen: ProbeOutcome = await this.#probe(left);
      // What the left half does not have is in the right half.
      rows = isClean(seen) ? right : left;
      outcome = isClean(seen) ? undefined : seen;
    }
    outcome ??= await this.#probe(rows);
    if (isClean(outcome)) throw new LoadRejectedError('it refuses the rows together, and takes each of them alone.');
    return new Map([[rows[0] ?? 0, reasonOf(outcome)]]);
  }

  async #all(bad: ReadonlyMap<number, string>): Promise<ReadonlyMap<number, string>> {
    this.#found = new Map(bad);
    const first = await this.#probe(this.#rest());
    if (isClean(first)) return this.#found;
    await this.#settle(this.#rest(), first);
    const last = await this.#probe(this.#rest());
    if (isClean(last)) return this.#found;
    const found = `of ${this.#options.rows.length} rows ${this.#found.size} were found that it refuses, and it does not take the rest either`;
    throw new ContradictionError(
      last.kind === 'uncounted' ? `${found}: ${last.message}` : `${found}: it refuses ${last.filtered} more of them.`,
    );
  }

  #rest(): Uint32Array {
    return this.#options.rows.select((number) => !this.#found.has(number));
  }

  /** @param outcome undefined when it is only known that the rows are not clean. */
  async #settle(rows: Uint32Array, outcome: ProbeOutcome | undefined): Promise<void> {
    if (outcome?.kind === 'counted') {
      const before = this.#found.size;
      await this.#settleCounted(rows, outcome);
      // With this, and a last probe that finds nothing in the rest, no row can have been taken for another.
      const found = this.#found.size - before;
      if (found !== outcome.filtered) {
        throw new ContradictionError(`it counted ${outcome.filtered} refused rows where ${found} were found.`);
      }
    } else if (rows.length > 1) {
      const [left, right] = halves(rows);
      const seen = await this.#probe(left);
      await this.#settle(left, seen);
      // When the left half can be counted, what keeps the whole from being counted is in the right half.
      await this.#settle(right, seen.kind === 'counted' ? undefined : await this.#probe(right));
    } else if (outcome) {
      this.#refuse(rows, outcome);
    } else {
      // Where everything else was fine; it may be fine as well, when only the whole was too much.
      await this.#settle(rows, await this.#probe(rows));
    }
  }

  async #settleCounted(rows: Uint32Array, outcome: Counted): Promise<void> {
    const { filtered, log } = outcome;
    if (filtered < 0 || filtered > rows.length) {
      throw new ContradictionError(`it counted ${filtered} refused rows among ${rows.length}.`);
    }
    if (filtered === 0) return;
    if (filtered === rows.length) {
      this.#refuse(rows, outcome);
      return;
    }
    const named = this.#trustsLog ? this.#options.rows.named(rows, log) : new Map<number, string>();
    if (named.size === 0) {
      await this.#halve(rows, outcome);
      return;
    }
    for (const [number, reason] of named) this.#found.set(number, reason);
    const left = filtered - named.size;
    const rest = rows.filter((number) => !named.has(number));
    if (left === 0) return;
    if (left > named.size * LOOKS) {
      await this.#halve(rest, { ...outcome, filtered: left, logsOthers: logsOthers(outcome) });
      return;
    }
    const seen = await this.#probe(rest);
    if (seen.kind === 'uncounted' || seen.filtered !== left) {
      throw new ContradictionError(`its error log named ${named.size} rows, which are not all refused.`);
    }
    await this.#settleCounted(rest, seen);
  }

  /** Rows of which some are refused and some are not. */
  async #halve(rows: Uint32Array, whole: Counted): Promise<void> {
    const [left, right] = halves(rows);
    const seen = await this.#probe(left);
    // With `where`, nothing of the left half may be loaded, and then nothing is counted either.
    const other = seen.kind === 'counted' ? remainder(whole, seen) : await this.#probe(right);
    const isKnown = seen.kind === 'uncounted' && other.kind === 'counted';
    await this.#settle(
      left,
      isKnown ? { kind: 'counted', filtered: whole.filtered - other.filtered, log: seen.log } : seen,
    );
    await this.#settle(right, other);
  }

  #refuse(rows: Uint32Array, outcome: Extract<ProbeOutcome, { kind: 'uncounted' }> | Counted): void {
    const named = this.#options.rows.named(rows, outcome.log);
    const reason = reasonOf(outcome);
    // A row's reason is not made up: whoever reads it looks for just that fault.
    const shared =
      outcome.kind === 'counted' && reason !== NO_REASON && logsOthers(outcome)
        ? `${REASON_OF_OTHERS}: ${reason}`
        : reason;
    for (const number of rows) this.#found.set(number, named.get(number) ?? shared);
  }

  async #probe(rows: Uint32Array): Promise<ProbeOutcome> {
    const { probe, limits, signal } = this.#options;
    if (rows.length === 0) return { kind: 'counted', filtered: 0, log: [] };
    const body = this.#options.rows.body(rows);
    if (this.#probes >= limits.probes || this.#bytes + body.length > this.#mostBytes) {
      throw new LoadRejectedError(
        `it refuses more rows than can be told apart one by one: ${this.#probes} trial loads of ${this.#bytes} bytes found ${this.#found.size} of ${this.#options.rows.length}. Look at what most of them have in common: the table may have changed, or the topic.`,
      );
    }
    this.#probes++;
    this.#bytes += body.length;
    return probe.run(body, rows.length, signal);
  }
}

function isClean(outcome: ProbeOutcome): boolean {
  return outcome.kind === 'counted' && outcome.filtered === 0;
}

function halves(rows: Uint32Array): [left: Uint32Array, right: Uint32Array] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.subarray(0, middle), rows.subarray(middle)];
}

/** What the whole has more than one of its halves. */
function remainder(whole: Counted, half: Counted): Counted {
  const left = [...half.log];
  const more = whole.log.filter((entry) => {
    const at = left.indexOf(entry);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
  return {
    kind: 'counted',
    filtered: whole.filtered - half.filtered,
    // A log ends after some rows; then the reasons of the whole are the best that is known.
    log: more.length > 0 ? more : whole.log,
    logsOthers: logsOthers(whole),
  };
}

/** Whether a reason in the log may be of another row than of those that were counted as refused. */
function logsOthers(outcome: Counted): boolean {
  return outcome.logsOthers === true || outcome.log.length < outcome.filtered;
}

function reasonOf(outcome: ProbeOutcome): string {
  const reasons = reasonsIn(outcome.log);
  if (reasons !== '') return reasons;
  return outcome.kind === 'uncounted' ? outcome.message : NO_REASON;
}
