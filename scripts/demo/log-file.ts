import { readFile } from 'node:fs/promises';

const TAIL_LINES = 20;

export async function tailOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
