/** Zones change at whole quarters of an hour, nearly always at whole hours; one look-up serves all moments of a quarter. */
const SLOT_SECONDS = 15 * 60;
const MAX_SLOTS = 10_000;

/** Where the clocks of DATETIME columns stand, which themselves know no zone. */
export interface TimeZone {
  /** Seconds that its clocks are ahead of UTC at a moment, given in seconds since the epoch. */
  offsetSeconds(epochSeconds: number): number;
}

export const UTC: TimeZone = { offsetSeconds: () => 0 };

/** Whether there is a time zone of this name. */
export function isTimeZone(name: string): boolean {
  try {
    timeZone(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * A time zone by its IANA name, such as `Asia/Shanghai`, or an offset such as `+08:00`.
 *
 * @throws RangeError for a name that is not known.
 */
export function timeZone(name: string): TimeZone {
  if (/^(UTC|Z|GMT)$/i.test(name)) return UTC;
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(name);
  if (fixed) {
    const [, sign, hours, minutes] = fixed;
    const offset = (Number(hours) * 60 + Number(minutes)) * 60;
    return { offsetSeconds: () => (sign === '-' ? -offset : offset) };
  }
  const format = formatOf(name);
  const slots = new Map<number, number>();
  return {
    offsetSeconds: (epochSeconds) => {
      const slot = Math.floor(epochSeconds / SLOT_SECONDS);
      let offset = slots.get(slot);
      if (offset === undefined) {
        offset = offsetAt(format, slot * SLOT_SECONDS);
        if (slots.size >= MAX_SLOTS) slots.clear();
        slots.set(slot, offset);
      }
      return offset;
    },
  };
}

function formatOf(name: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}

/** What the zone's clocks show, read as UTC, minus the moment itself. */
function offsetAt(format: Intl.DateTimeFormat, epochSeconds: number): number {
  // A moment that no Date holds is refused by whoever writes it.
  if (Math.abs(epochSeconds) > 8.64e12) return 0;
  const parts = Object.fromEntries(format.formatToParts(epochSeconds * 1000).map(({ type, value }) => [type, value]));
  const { era, year, month, day, hour, minute, second } = parts;
  const shown = new Date(0);
  shown.setUTCFullYear(era === 'BC' ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
  shown.setUTCHours(Number(hour), Number(minute), Number(second));
  return shown.getTime() / 1000 - epochSeconds;
}
