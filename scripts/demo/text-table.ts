/** A table as the `mysql` client prints it: numbers to the right, everything else to the left. */
export function textTable(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const [first] = rows;
  if (first === undefined) return '(no rows)';
  const names = Object.keys(first);
  const widths = names.map((name) => Math.max(...[name, ...rows.map((row) => String(row[name]))].map(columnsOf)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (values: readonly unknown[]) =>
    `|${values.map((value, index) => ` ${pad(value, widths[index] ?? 0)} `).join('|')}|`;
  return [rule, line(names), rule, ...rows.map((row) => line(names.map((name) => row[name]))), rule].join('\n');
}

function pad(value: unknown, width: number): string {
  const text = String(value);
  const fill = ' '.repeat(width - columnsOf(text));
  return typeof value === 'number' ? fill + text : text + fill;
}

/** What the text takes on a terminal, where Chinese, Japanese and Korean characters are two columns wide. */
function columnsOf(text: string): number {
  return Array.from(text).reduce(
    (sum, char) =>
      sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(char) ? 2 : 1),
    0,
  );
}
