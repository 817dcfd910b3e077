import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SimpleDateFormat } from '../../../../src/operators/transform/simple-date-format.ts';

function iso(pattern: string, text: string): string | undefined {
  const ms = new SimpleDateFormat(pattern).parse(text);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

describe('SimpleDateFormat', () => {
  describe('reads a year of two digits as one from 80 years ago on', () => {
    beforeEach(() => {
      vi.useFakeTimers({ now: Date.UTC(2024, 4, 15), toFake: ['Date'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it.each([
      ['24-05-01', '2024-05-01T00:00:00.000Z'],
      ['43-05-01', '2043-05-01T00:00:00.000Z'],
      ['44-05-14', '2044-05-14T00:00:00.000Z'],
      ['44-05-15', '1944-05-15T00:00:00.000Z'],
      ['99-12-31', '1999-12-31T00:00:00.000Z'],
      ['2024-05-01', '2024-05-01T00:00:00.000Z'],
    ])('%s is %s', (text, expected) => {
      expect(iso('yy-MM-dd', text)).toBe(expected);
    });
  });

  it('reads what it has written, for every letter', () => {
    const pattern = "yyyy-MM-dd D EEEE u HH kk KK hh a mm ss SSS z Z X 'o''clock' MMMM L";
    const format = new SimpleDateFormat(pattern);
    for (const ms of [0, 1_714_521_600_123, -1, 253_402_300_799_999]) expect(format.parse(format.format(ms))).toBe(ms);
  });

  it('reads a day of the year, and the last of a day and a day of the year counts', () => {
    expect(iso('D yyyy', '60 2024')).toBe('2024-02-29T00:00:00.000Z');
    expect(iso('D yyyy-MM-dd', '60 2024-01-05')).toBe('2024-01-05T00:00:00.000Z');
  });

  it.each([
    ['Y', "The pattern character 'Y' is not known here"],
    ['yyyy q', "Illegal pattern character 'q'"],
    ["yyyy 'T", 'Unterminated quote'],
    ['XXXX', 'invalid ISO 8601 format: length=4'],
  ])('refuses %s', (pattern, message) => {
    expect(() => new SimpleDateFormat(pattern)).toThrow(new SyntaxError(message));
  });
});
