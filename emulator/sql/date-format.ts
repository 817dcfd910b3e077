import { notEmulated } from './sql-error.ts';

const SPECIFIERS: Readonly<Partial<Record<string, string>>> = {
  '%': '%%',
  a: '%a',
  b: '%b',
  c: '%-m',
  d: '%d',
  e: '%-d',
  f: '%f',
  H: '%H',
  h: '%I',
  I: '%I',
  i: '%M',
  j: '%j',
  k: '%-H',
  l: '%-I',
  M: '%B',
  m: '%m',
  p: '%p',
  r: '%I:%M:%S %p',
  S: '%S',
  s: '%S',
  T: '%H:%M:%S',
  W: '%A',
  Y: '%Y',
  y: '%y',
};

/** MySQL's date format in the words of strftime, where `%i` is `%M` and `%M` is `%B`. */
export function toStrftime(format: string): string {
  return format.replaceAll(/%(.)/g, (whole, letter: string) => {
    const specifier = SPECIFIERS[letter];
    if (specifier === undefined) throw notEmulated(`${whole} in a date format`);
    return specifier;
  });
}
