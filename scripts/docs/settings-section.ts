const START = '<!-- settings:start -->';
const END = '<!-- settings:end -->';

/** The page with the table between its two markers, whatever was there before. */
export function withSettings(page: string, table: string): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`The page has no ${START} followed by ${END}.`);
  const before = page.slice(0, start + START.length);
  return `${before}\n\n${table}\n\n${page.slice(end)}`;
}
