import { describe, expect, it } from 'vitest';
import { wrapText, wrapWords } from '../../../src/control/wrap-text.ts';

describe('text that is broken anywhere', () => {
  it.each<[string, string, readonly string[]]>([
    ['nothing', '', ['']],
    ['a line that fits', 'abcd', ['abcd']],
    ['two lines', 'abcdef', ['abcd', 'ef']],
    ['more lines than are wanted', 'abcdefghijklm', ['abcd', 'efgh', 'ijk…']],
    ['characters of two cells', '東京都庁前', ['東京', '都庁', '前']],
    ['characters of several code points', '👩‍🌾👩‍🌾e\u0301', ['👩‍🌾👩‍🌾', 'e\u0301']],
    ['line breaks and control characters', 'a\nb\u0007', ['a b ']],
  ])('has lines of its width: %s', (_, text, lines) => {
    expect(wrapText(text, 4, 3)).toEqual(lines);
  });

  it('costs nothing for a long value of which little is shown', () => {
    expect(wrapText('x'.repeat(50_000_000), 4, 1)).toEqual(['xxx…']);
  });
});

describe('a sentence that is broken between words', () => {
  it('has lines of its width, unless a word is longer', () => {
    expect(wrapWords('one two incomprehensible three', 8)).toEqual(['one two', 'incomprehensible', 'three']);
    expect(wrapWords('', 8)).toEqual(['']);
  });
});
