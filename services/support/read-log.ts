import { readFileSync } from 'node:fs';

/** What a process has said so far; nothing where there is no log yet. */
export function readLog(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8');
  } catch {
    return '';
  }
}
