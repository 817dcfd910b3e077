import { type DestinationStream, type Logger, pino } from 'pino';

const LEVEL_NAMES: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** Structured logs: one JSON object a line, for machines. */
export function jsonLogger(write: (line: string) => void, level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
}

/** The same logs as plain sentences, for a person at a terminal. */
export function sentenceLogger(print: (line: string) => void, level: string): Logger {
  const destination: DestinationStream = {
    write(line) {
      const {
        time,
        level: number,
        msg,
        error,
      } = JSON.parse(line) as { time: number; level: number; msg: string; error?: string };
      const clock = new Date(time).toTimeString().slice(0, 8);
      print(
        `${clock} ${(LEVEL_NAMES[number] ?? String(number)).padEnd(5)} ${msg}${typeof error === 'string' ? `: ${error}` : ''}`,
      );
    },
  };
  return pino({ level, base: null }, destination);
}
