import { ownClasses } from '../../config/connect/roles.ts';
import { describeError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { named } from '../accept-config.ts';
import { type ConnectorConfig } from '../connector.ts';
import { type GivenConfig } from '../connectors.ts';

/** A connector of the config topic, judged. */
export interface Listed {
  readonly given: ReadonlyMap<string, string>;
  /** Undefined where it cannot run here. */
  readonly config: ConnectorConfig | undefined;
  /** Why it cannot. */
  readonly reason: string;
  /** It is of another class, and so nobody's business here. */
  readonly isForeign: boolean;
}

export interface ConnectorListingOptions {
  /** Rejects with every mistake. */
  readonly accept: (given: GivenConfig) => Promise<ConnectorConfig>;
  readonly logger: Logger;
}

/** The connectors of the config topic, each judged once for what the topic says of it. */
export class ConnectorListing {
  readonly #options: ConnectorListingOptions;
  readonly #listed = new Map<string, Listed>();
  readonly #doubted = new Set<string>();

  constructor(options: ConnectorListingOptions) {
    this.#options = options;
  }

  get names(): string[] {
    return [...this.#listed.keys()].sort();
  }

  get(name: string): Listed | undefined {
    return this.#listed.get(name);
  }

  /** The next judgement looks again, also where nothing has changed in the topic. */
  doubt(name: string): void {
    this.#doubted.add(name);
  }

  /** Takes in what the topic says now; undefined where it says nothing any more. */
  async judge(name: string, given: ReadonlyMap<string, string> | undefined): Promise<void> {
    const known = this.#listed.get(name);
    const isDoubted = this.#doubted.delete(name);
    if (given === undefined) this.#listed.delete(name);
    else if (known === undefined || isDoubted || !isSame(known.given, given)) {
      this.#listed.set(name, await this.#judged(name, given));
    }
  }

  async #judged(name: string, given: ReadonlyMap<string, string>): Promise<Listed> {
    const { accept, logger } = this.#options;
    const wanted = given.get('connector.class')?.trim() ?? '';
    if (!ownClasses.includes(wanted)) {
      const reason = `Connector ${name} is left alone: it is of class ${wanted}, and only StarRocks sinks run here.`;
      logger.warn({}, reason);
      return { given, config: undefined, reason, isForeign: true };
    }
    try {
      return { given, config: await accept(named(name, given)), reason: '', isForeign: false };
    } catch (error) {
      const reason = describeError(error);
      logger.error({}, `Connector ${name} cannot run. ${reason}`);
      return { given, config: undefined, reason, isForeign: false };
    }
  }
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
