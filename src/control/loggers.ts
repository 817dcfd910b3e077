import { type Logger as PinoLogger } from 'pino';
import { type Logger } from '../core/logger.ts';

/** What `/admin/loggers` tells of one. */
export interface LoggerLevel {
  readonly level: string;
  /** Milliseconds since 1970; null when nobody has changed it. */
  readonly last_modified: number | null;
}

/** Whether a logger writes debug lines, which a person may change at any time. */
export interface DebugSwitch {
  isOn(): boolean;
  /** Calls the listener when a level was set. Returns what ends that. */
  onChange(listener: () => void): () => void;
}

const ROOT = 'root';

/** Kafka Connect's names of levels, and ours. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ['TRACE', 'trace'],
  ['DEBUG', 'debug'],
  ['INFO', 'info'],
  ['WARN', 'warn'],
  ['ERROR', 'error'],
  ['FATAL', 'fatal'],
  ['OFF', 'silent'],
]);

/** The loggers of this process by name; a level that is set for a name counts for all names below it, dot by dot. */
export class Loggers {
  readonly #root: PinoLogger;
  readonly #loggers = new Map<string, PinoLogger>();
  readonly #changed = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  constructor(root: PinoLogger) {
    this.#root = root;
    this.#loggers.set(ROOT, root);
  }

  /** The logger of that name. Its lines carry what is given when it is asked for first. */
  get(name: string, facts: Record<string, unknown> = {}): Logger {
    const known = this.#loggers.get(name);
    if (known) return known;
    const above = [...this.#loggers.keys()].filter((other) => isWithin(name, other)).sort(byLength);
    const parent = this.#loggers.get(above.at(-1) ?? ROOT) ?? this.#root;
    const logger = this.#root.child(facts, { level: parent.level });
    this.#loggers.set(name, logger);
    return logger;
  }

  all(): Record<string, LoggerLevel> {
    const names = [...this.#loggers.keys()].sort();
    return Object.fromEntries(names.flatMap((name) => this.#entry(name)));
  }

  /** Undefined when nobody has asked for that logger. */
  level(name: string): LoggerLevel | undefined {
    return this.#entry(name)[0]?.[1];
  }

  /** Whether it is a level that Kafka Connect knows, in capitals. */
  isLevel(level: string): boolean {
    return LEVELS.has(level);
  }

  /** The logger of a connector and its tasks. */
  ofConnector(connector: string): Logger {
    return this.get(nameOf(connector), { connector });
  }

  /** Whether that one writes debug lines. */
  debugOfConnector(connector: string): DebugSwitch {
    return {
      isOn: () => (this.#loggers.get(nameOf(connector)) ?? this.#root).isLevelEnabled('debug'),
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  /** Returns the loggers that have another level now. */
  setLevel(namespace: string, level: string): string[] {
    const own = LEVELS.get(level) ?? 'info';
    if (!this.#loggers.has(namespace)) this.get(namespace);
    const affected = [...this.#loggers]
      .filter(([name, logger]) => isWithin(name, namespace) && logger.level !== own)
      .sort();
    for (const [name, logger] of affected) {
      logger.level = own;
      this.#changed.set(name, Date.now());
    }
    for (const listener of this.#listeners) listener();
    return affected.map(([name]) => name);
  }

  #entry(name: string): [string, LoggerLevel][] {
    const logger = this.#loggers.get(name);
    if (!logger) return [];
    const level = [...LEVELS].find(([, own]) => own === logger.level)?.[0] ?? logger.level.toUpperCase();
    return [[name, { level, last_modified: this.#changed.get(name) ?? null }]];
  }
}

function nameOf(connector: string): string {
  return `tributary.connector.${connector}`;
}

function isWithin(name: string, namespace: string): boolean {
  return namespace === ROOT || name === namespace || name.startsWith(`${namespace}.`);
}

function byLength(one: string, other: string): number {
  // The root is above all others, however long its name is.
  return (one === ROOT ? 0 : one.length) - (other === ROOT ? 0 : other.length);
}
