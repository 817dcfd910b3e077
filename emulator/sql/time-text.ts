/** A moment as a DATETIME of UTC, which is the emulated cluster's time zone. */
export function timeText(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
