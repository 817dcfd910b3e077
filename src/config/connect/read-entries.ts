import type { PositionedDocument } from '../document.ts';
import { type Findings, key } from '../findings.ts';
import { isRecord } from '../is-record.ts';
import type { Property } from '../properties-file.ts';
import { type ConnectFile, type Entry, entry } from './entries.ts';

/** A connector's or worker's properties. A key that stands twice counts as it does in Java. */
export function connectFromProperties(file: string, properties: readonly Property[], findings: Findings): ConnectFile {
  const entries = new Map<string, Entry>();
  for (const { key: name, value, line } of properties) {
    const earlier = entries.get(name);
    if (earlier !== undefined) {
      findings.warnings.push(
        `${key(name)} (${file}:${line}) stands there for the second time after ${earlier.place}; the last one counts.`,
      );
    }
    entries.set(name, entry(name, value, `${file}:${line}`));
  }
  return { file, entries };
}

/** A connector's JSON: flat, or wrapped as the REST API takes it. Numbers and booleans count as their text. */
export function connectFromJson(file: string, document: PositionedDocument, findings: Findings): ConnectFile {
  const entries = new Map<string, Entry>();
  const add = (name: string, value: unknown, path: readonly string[]): void => {
    const line = document.position(path)?.split(':', 1)[0];
    const place = line === undefined ? file : `${file}:${line}`;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      entries.set(name, entry(name, String(value), place));
    } else if (value !== null) {
      findings.problems.push(`${key(name)} (${place}) must be a text, as every setting of a connector is.`);
    }
  };
  const top = isRecord(document.value) ? document.value : {};
  const config = top['config'];
  if (!isRecord(config)) {
    for (const [name, value] of Object.entries(top)) add(name, value, [name]);
    return { file, entries };
  }
  for (const [name, value] of Object.entries(config)) add(name, value, ['config', name]);
  if ('name' in top) add('name', top['name'], ['name']);
  return { file, entries };
}
