import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PropertiesSyntaxError, parseProperties } from '../../../src/config/properties-file.ts';

const pairs = (text: string): [string, string][] => parseProperties(text).map(({ key, value }) => [key, value]);

describe('parseProperties', () => {
  it.each([
    ['an equals sign', 'a=b', [['a', 'b']]],
    ['a colon', 'a:b', [['a', 'b']]],
    ['a space', 'a b', [['a', 'b']]],
    ['white space round the separator', '  a \t= \t b', [['a', 'b']]],
    ['white space before a colon', 'a : b', [['a', 'b']]],
    ['only the first separator', 'a=b=c:d', [['a', 'b=c:d']]],
    ['white space at the end of a value', 'a=b  ', [['a', 'b  ']]],
    ['no value', 'a=', [['a', '']]],
    ['a key alone', 'a', [['a', '']]],
    ['comments of both kinds', '# a=b\n  ! c=d\ne=f', [['e', 'f']]],
    ['a # inside a value', 'a=b # c', [['a', 'b # c']]],
    ['empty lines', '\n \t\n\na=b\n\n', [['a', 'b']]],
    [
      'Windows and old Mac line ends',
      'a=1\r\nb=2\rc=3',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    ['a continued line without its indentation', 'a=b,\\\n   c', [['a', 'b,c']]],
    ['a comment sign in a continuation', 'a=b\\\n#c', [['a', 'b#c']]],
    ['a comment that seems continued', '#a\\\nb=c', [['b', 'c']]],
    [
      'an even number of backslashes at the end',
      'a=b\\\\\nc=d',
      [
        ['a', 'b\\'],
        ['c', 'd'],
      ],
    ],
    ['a backslash at the end of the file', 'a=b\\', [['a', 'b']]],
    ['escaped separators in a key', 'a\\=b\\:c\\ d=e', [['a=b:c d', 'e']]],
    ['an escaped space before a value', 'a=\\ b', [['a', ' b']]],
    ['control characters', 'a=\\t\\n\\r\\f', [['a', '\t\n\r\f']]],
    ['a backslash that escapes nothing', 'a=\\z\\"', [['a', 'z"']]],
    ['code units', 'a=\\u8868\\ud83d\\ude00', [['a', '表😀']]],
    ['UTF-8 text', '主题=表', [['主题', '表']]],
    [
      'duplicates',
      'a=1\na=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
  ])('reads %s', (_, text, expected) => expect(pairs(text)).toEqual(expected));

  it('knows the line of each key and its separator', () => {
    expect(parseProperties('# c\na=1\\\n  2\n\nb : 3\nc 4')).toEqual([
      { key: 'a', value: '12', line: 2, separator: '=' },
      { key: 'b', value: '3', line: 5, separator: ':' },
      { key: 'c', value: '4', line: 6, separator: ' ' },
    ]);
  });

  it.each(['a=\\u12', 'a=\\uzzzz', 'a=\\u'])('refuses %s, as Java does', (text) => {
    expect(() => parseProperties(`x=1\n${text}`)).toThrow(PropertiesSyntaxError);
    expect(() => parseProperties(`x=1\n${text}`)).toThrow('\\u must be followed by four hexadecimal digits');
  });

  it('reads back whatever java.util.Properties would store', () => {
    const keysAndValues = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(keysAndValues, (given) => {
        expect(pairs(given.map(([key, value]) => `${escape(key, true)}=${escape(value, false)}`).join('\n'))).toEqual(
          given,
        );
      }),
    );
  });

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', ':', ' ', '\\', '\n', '\r', 'u', '0', '#', '!') }),
        (text) => {
          try {
            parseProperties(text);
          } catch (error) {
            expect(error).toBeInstanceOf(PropertiesSyntaxError);
          }
        },
      ),
    );
  });
});

/** As Properties.store writes it: only leading spaces of a value are escaped, every one of a key. */
function escape(text: string, isKey: boolean): string {
  return Array.from(text)
    .map((character, index) => {
      if (character === ' ') return isKey || index === 0 ? '\\ ' : ' ';
      const named = new Map([
        ['\t', '\\t'],
        ['\n', '\\n'],
        ['\r', '\\r'],
        ['\f', '\\f'],
      ]).get(character);
      if (named !== undefined) return named;
      if ('\\=:#!'.includes(character)) return `\\${character}`;
      if (character >= ' ' && character <= '~') return character;
      return character
        .split('')
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join('');
    })
    .join('');
}
