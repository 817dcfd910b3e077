import { randomBytes } from 'node:crypto';

/** StarRocks' limit for a label, which may hold letters, digits, `_` and `-` only. */
const MAX_LENGTH = 128;
/** For the number by which the transactions of one load differ, with its dash. */
const NUMBER_LENGTH = 4;

/**
 * A label that was never used before. It tells a database administrator which pipeline loads which table, and is kept
 * through every retry of the same bytes. It is not derived from offsets: a deliberate replay must not collide.
 */
export function newLoadLabel(pipeline: string, table: string, now = Date.now()): string {
  const unique = `${now.toString(36)}-${randomBytes(8).toString('hex')}`;
  const name = `tributary-${plain(pipeline)}-${plain(table)}`.slice(0, MAX_LENGTH - NUMBER_LENGTH - unique.length - 1);
  return `${name}-${unique}`;
}

function plain(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}
