import { type SoakResult } from './soak.ts';
import { type Tally } from './tally.ts';

const MOST_NAMED = 20;

/** The result as people read it. */
export function reportText(result: SoakResult): string {
  const { seed, seconds, produced, loaded, deadLetters, lettersOfZombies, disturbances, events, problems } = result;
  const count = (kind: string): number => problems.get(kind)?.length ?? 0;
  return [
    section(`${Math.round(seconds)} s, seed ${seed}`, [
      ['rows produced', produced],
      ['rows in the tables', loaded],
      ['dead letters', deadLetters],
      ['  of them once more by a process that had been frozen (see --help)', lettersOfZombies],
      ['rows lost', count('rows lost')],
      ['rows there twice', count('rows there twice')],
      ['dead letters missing', count('dead letters missing')],
      ['dead letters there twice', count('dead letters there twice')],
      ['requests of the producer that were not acknowledged', result.producerFailures],
    ]),
    section(`${disturbances.total} disturbances`, disturbances.entries),
    section('In the logs of the processes', events.entries),
    ...[...problems].map(([kind, rows]) => problemText(kind, rows)),
    problems.size === 0 ? 'Every row is where it belongs, once.\n' : 'Not everything is right.\n',
  ].join('\n');
}

/** The first ones of many. */
function problemText(kind: string, rows: readonly string[]): string {
  const more = rows.length > MOST_NAMED ? `  and ${rows.length - MOST_NAMED} more\n` : '';
  return `${rows.length} ${kind}:\n${rows
    .slice(0, MOST_NAMED)
    .map((row) => `  ${row}\n`)
    .join('')}${more}`;
}

function section(title: string, lines: Tally['entries']): string {
  const width = Math.max(0, ...lines.map(([name]) => name.length));
  return `${title}\n${lines.map(([name, value]) => `  ${name.padEnd(width)} ${String(value).padStart(8)}\n`).join('')}`;
}
