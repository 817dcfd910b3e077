/**
 * StarRocks reads headers as UTF-8, such as a table's name or the names in `columns`. HTTP clients write each character of
 * a header as one byte and refuse those that aren't one: they are given a character for each byte.
 */
export function headersInUtf8(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  );
}
