/** The configuration cannot be used. Every problem is one sentence that names the key, the place and the cure. Exit code 2. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Something outside (a broker, a StarRocks FE) does not answer or refuses us. Exit code 1; nothing was lost. */
export class UnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnavailableError';
  }
}

/** Kafka surely does not have what was to be written: it refused it, or it was never sent. */
export class NotTakenError extends UnavailableError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NotTakenError';
  }
}

/** One record that cannot be decoded, transformed or loaded. Names the record, so that a person can look at it. */
export class RecordError extends Error {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;

  constructor(record: { topic: string; partition: number; offset: number }, reason: string, options?: ErrorOptions) {
    super(
      `The record at topic ${record.topic}, partition ${record.partition}, offset ${record.offset} cannot be loaded: ${reason}`,
      options,
    );
    this.name = 'RecordError';
    this.topic = record.topic;
    this.partition = record.partition;
    this.offset = record.offset;
    this.reason = reason;
  }
}

/** A record that StarRocks refuses. Its table can be mended, so that it is taken after all. */
export class RefusedRecordError extends RecordError {
  /** @param table the one that refuses it, where that isn't the table of the record's partition. */
  constructor(record: { topic: string; partition: number; offset: number }, reason: string, table?: string) {
    super(record, `StarRocks refuses it${table === undefined ? '' : ` in the table ${table}`}: ${reason}`);
    this.name = 'RefusedRecordError';
  }
}

/** A load that StarRocks will refuse however often it is repeated, with no single record known to be the cause. */
export class LoadRejectedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LoadRejectedError';
  }
}

/** Every partition of this process has a load of which nobody can tell how it ended. Nothing is lost by waiting. */
export class UnclearLoadError extends Error {
  static readonly cure =
    'Look into the table whether the rows from that offset on are there. Then stop every process of this pipeline and run `node dist/main.js resolve FILES…` with its configuration files: it shows the load, and takes the answer with --loaded or --not-loaded.';

  constructor(partitions: readonly string[]) {
    super([...partitions, UnclearLoadError.cure].join('\n'));
    this.name = 'UnclearLoadError';
  }
}

/** The thread of a task has ended without being told to. What it had not loaded is read again; the task can be started anew. */
export class TaskCrashError extends Error {
  /** @param cause what nobody caught in the thread, where that is known; its stack is worth showing. */
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TaskCrashError';
  }
}

/** The text of any thrown value, with the causes behind it, as one line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An AggregateError of a connection attempt (IPv4 and IPv6) has an empty message of its own.
  const own =
    error instanceof AggregateError && error.message === ''
      ? error.errors.map(describeError).join('; ')
      : error.message;
  const cause = error.cause === undefined ? '' : describeError(error.cause);
  return cause === '' || own.includes(cause) ? own : `${own}: ${cause}`;
}

/** What was thrown, as an error: anything can be thrown. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
