import { type TransformOptions } from '../transform-options.ts';

/** What becomes of deletes, and of the tombstones that follow them. */
export interface DeleteHandling {
  /** `rewrite`: the row as it was, marked; `null`: nothing as a value, with the row's schema; `tombstone`: without. */
  readonly deletes: 'drop' | 'null' | 'tombstone' | 'rewrite';
  readonly keepsTombstones: boolean;
}

const MODES = {
  drop: { deletes: 'drop', keepsTombstones: false },
  tombstone: { deletes: 'null', keepsTombstones: false },
  rewrite: { deletes: 'rewrite', keepsTombstones: false },
  'rewrite-with-tombstone': { deletes: 'rewrite', keepsTombstones: true },
  'delete-to-tombstone': { deletes: 'tombstone', keepsTombstones: false },
} as const satisfies Record<string, DeleteHandling>;

const MODE_NAMES = ['drop', 'tombstone', 'rewrite', 'rewrite-with-tombstone', 'delete-to-tombstone'] as const;
const FORMER = { drop: 'drop', none: 'null', rewrite: 'rewrite' } as const;
const MODE = 'delete.tombstone.handling.mode';
const FORMER_MODE = 'delete.handling.mode';
const FORMER_TOMBSTONES = 'drop.tombstones';

/**
 * Reads both generations of the options. Debezium 3 passes over the former ones without a word, and every delete with
 * them.
 */
export function readDeleteHandling(options: TransformOptions): DeleteHandling {
  const formerMode = options.oneOfIgnoringCase(FORMER_MODE, ['drop', 'none', 'rewrite'], 'drop');
  const dropsTombstones = options.flag(FORMER_TOMBSTONES, true);
  const mode = options.oneOfIgnoringCase(MODE, MODE_NAMES, 'tombstone');
  const former = [FORMER_MODE, FORMER_TOMBSTONES].filter((key) => options.text(key) !== undefined);
  if (former.length === 0) return MODES[mode];
  const keys = former.map((key) => `\`${options.fullKey(key)}\``).join(' and ');
  if (options.text(MODE) !== undefined) {
    options.warn(`${keys} of Debezium 2 has no effect beside \`${options.fullKey(MODE)}\`.`);
    return MODES[mode];
  }
  const handling: DeleteHandling = { deletes: FORMER[formerMode], keepsTombstones: !dropsTombstones };
  options.warn(
    `${keys} is Debezium 2's, and Debezium 3 ignores it: write \`${options.fullKey(MODE)}=${modeOf(handling)}\`.`,
  );
  return handling;
}

/** Whether it is the user who says what becomes of deletes. */
export function saysDeleteHandling(options: TransformOptions): boolean {
  return options.text(MODE) !== undefined || options.text(FORMER_MODE) !== undefined;
}

/** The mode of Debezium 3 that comes closest. */
function modeOf({ deletes, keepsTombstones }: DeleteHandling): string {
  if (deletes === 'rewrite' && keepsTombstones) return 'rewrite-with-tombstone';
  return deletes === 'null' ? 'tombstone' : deletes;
}
