const ENTRY = /(?:^|\n)Error: /;
const BEFORE_ROW = '. Row: ';
/** A value in the reason may contain the words before the row; more often than this nobody needs to know. */
const MOST_READINGS = 4;
const MOST_REASONS = 5;

/** StarRocks' reason for one refused row, and the row's text. */
export interface LoggedRow {
  readonly reason: string;
  readonly row: string;
}

/** The start of a log, without the entry that would be cut; unless that is the first one. */
export function wholeEntries(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const end = text.lastIndexOf('\nError: ', characters);
  return text.slice(0, end > 0 ? end : characters);
}

/** The entries of the log behind an ErrorURL, in its order: `<reason>. Row: <row>`, each possibly of several lines. */
export function readErrorLog(text: string): string[] {
  return text
    .split(ENTRY)
    .slice(1)
    .map((entry) => entry.trimEnd());
}

/**
 * What an entry may mean, the likeliest first. The log quotes values as they are, so its words can stand in them, and
 * whoever takes a row from it must check that.
 */
export function readingsOf(entry: string): LoggedRow[] {
  const readings: LoggedRow[] = [];
  let at = entry.indexOf(BEFORE_ROW);
  while (at !== -1 && readings.length < MOST_READINGS) {
    readings.push({ reason: entry.slice(0, at), row: entry.slice(at + BEFORE_ROW.length) });
    at = entry.indexOf(BEFORE_ROW, at + 1);
  }
  return readings;
}

/** The reasons of several entries as one text, each reason once. Empty without entries. */
export function reasonsIn(entries: readonly string[]): string {
  const reasons = [...new Set(entries.map((entry) => readingsOf(entry)[0]?.reason ?? entry))];
  if (reasons.length <= 1) return reasons[0] ?? '';
  const more = reasons.length > MOST_REASONS ? `; and ${reasons.length - MOST_REASONS} more` : '';
  return `one of: ${reasons.slice(0, MOST_REASONS).join('; ')}${more}`;
}
