import { quote } from '../findings.ts';

/** One key of a Kafka Connect file, and where it stands. */
export interface Entry {
  readonly key: string;
  /**
   * Without white space at its ends, as Kafka's ConfigDef reads all typed values, and with what config providers gave. It
   * may be a secret: messages show what `quoted` gives.
   */
  readonly value: string;
  /** As it stands in the file. */
  readonly raw: string;
  /** `file:line`. */
  readonly place: string;
}

/** A worker's or connector's file, whatever its format was. */
export interface ConnectFile {
  /** As the user named it. */
  readonly file: string;
  readonly entries: ReadonlyMap<string, Entry>;
}

export function entry(key: string, raw: string, place: string): Entry {
  return { key, raw, value: raw.trim(), place };
}

/** Whether what stands in the file refers to the value, which config providers gave. */
export function isReference({ value, raw }: Entry): boolean {
  return value !== raw.trim();
}

/** A value as it may stand in a message: a reference to a secret stays one. */
export function quoted({ raw }: Entry): string {
  return quote(raw.trim());
}

/** The two files that make one pipeline. */
export interface ConnectFiles {
  readonly worker: ConnectFile;
  readonly connector: ConnectFile;
}

/** Kafka splits its lists like this; an empty text is an empty list. */
export function list(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A key of Kafka's consumer: the connector's own, else the worker's for all its connectors. */
export function consumerEntry({ worker, connector }: ConnectFiles, key: string): Entry | undefined {
  return connector.entries.get(`consumer.override.${key}`) ?? worker.entries.get(`consumer.${key}`);
}
