import { describe, expect, it } from 'vitest';
import { addressOf, nameIn } from '../../../../src/control/dashboard/page/address.ts';
import {
  agoText,
  bytesText,
  countText,
  durationText,
  rateText,
  sentence,
} from '../../../../src/control/dashboard/page/format.ts';

describe('what the page writes', () => {
  it.each([
    [countText(1_234_567), '1,234,567'],
    [rateText(undefined), '–'],
    [rateText(0), '0'],
    [rateText(2.34), '2.3'],
    [rateText(12_345.6), '12,346'],
    [bytesText(0), '0 B'],
    [bytesText(1_536), '1.5 KiB'],
    [bytesText(64 * 1024 ** 2), '64.0 MiB'],
    [bytesText(3 * 1024 ** 3), '3.0 GiB'],
    [durationText(45), '45 ms'],
    [durationText(1_500), '1.5 s'],
    [durationText(300_000), '5 min'],
    [durationText(5_400_000), '1.5 h'],
    [agoText(999), 'now'],
    [agoText(3_999), '3 s ago'],
    [agoText(120_000), '2 min ago'],
    [sentence("The max length of 'city' is 5"), "The max length of 'city' is 5."],
    [sentence('Kafka does not answer.'), 'Kafka does not answer.'],
  ])('is for people: %s', (text, expected) => {
    expect(text).toBe(expected);
  });

  it.each(['orders', 'a b/c', 'é 東京', '#/x?y', '%'])('leads to the connector %s and back', (name) => {
    expect(nameIn(addressOf(name))).toBe(name);
  });

  it.each(['', '#', '#orders', '#/%zz'])('is no address of a connector: %s', (address) => {
    expect(nameIn(address)).toBeUndefined();
  });
});
