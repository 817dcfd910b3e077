const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** What stands where a number is not known yet. */
export const UNKNOWN = '–';

export function countText(value: number): string {
  return whole.format(value);
}

/** A rate; undefined while it is not known. */
export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return UNKNOWN;
  return perSecond > 0 && perSecond < 10 ? short.format(perSecond) : whole.format(perSecond);
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${whole.format(bytes)} B`;
  if (bytes < 1024 ** 2) return `${short.format(bytes / 1024)} KiB`;
  return bytes < 1024 ** 3 ? `${short.format(bytes / 1024 ** 2)} MiB` : `${short.format(bytes / 1024 ** 3)} GiB`;
}

export function durationText(ms: number): string {
  if (ms < 1_000) return `${whole.format(ms)} ms`;
  if (ms < 60_000) return `${short.format(ms / 1_000)} s`;
  return ms < 3_600_000 ? `${whole.format(ms / 60_000)} min` : `${short.format(ms / 3_600_000)} h`;
}

/** How long ago something was; it changes once a second at most. */
export function agoText(ms: number): string {
  if (ms < 1_000) return 'now';
  return ms < 60_000 ? `${Math.floor(ms / 1_000)} s ago` : `${durationText(ms)} ago`;
}

/** The time of day. */
export function timeText(at: number): string {
  return clock.format(at);
}

/** What StarRocks says doesn't always end in a full stop. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
