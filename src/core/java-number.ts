/** The text that Java writes for a double, such as `1.0`, `1.0E8` or `1.0E-5`: the digits of JavaScript in another layout. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return layOut(value, Math.abs(value).toExponential());
}

/** The text that Java writes for a float: the fewest digits that name this float and no other. */
export function javaFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return layOut(value, Math.abs(shortestFloat(value)).toExponential());
}

/** The double with the fewest digits that is this float when it is rounded: 3.14 for the float 3.140000104904175. */
export function shortestFloat(value: number): number {
  // Every float has at most 9 digits; most that people write have no more than 7.
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number.isFinite(value) ? Number(value.toPrecision(9)) : value;
}

const SMALLEST_PLAIN = -3;
const LARGEST_PLAIN = 7;

function layOut(value: number, scientific: string): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '0', power = '0'] = scientific.split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(power);
  if (exponent < SMALLEST_PLAIN || exponent >= LARGEST_PLAIN) {
    return `${sign}${digits.slice(0, 1)}.${digits.slice(1) || '0'}E${exponent}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
