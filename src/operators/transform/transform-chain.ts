import { type ConnectRecord } from '../../core/connect-record.ts';
import { ConfigError } from '../../core/errors.ts';
import { DataError } from '../decode/converter.ts';
import {
  ADD_OP_FIELD,
  BY_LOGICAL_TABLE_ROUTER,
  createPredicate,
  createTransform,
  EXTRACT_NEW_RECORD_STATE,
} from './create-transform.ts';
import { readDeleteHandling, saysDeleteHandling } from './debezium/delete-handling.ts';
import { type Predicate } from './predicates.ts';
import { type ChainContext, type Transform } from './transform.ts';
import { TransformOptions } from './transform-options.ts';

/** What Kafka Connect reads itself of a transform's keys. */
const OWN_KEYS: readonly string[] = ['type', 'predicate', 'negate', 'plugin.version'];

/** A record that a transform cannot do anything with. */
export class TransformError extends DataError {
  /** What the user calls the transform. */
  readonly alias: string;
  /** The Java class that does the same in Kafka Connect. */
  readonly className: string;

  constructor(stage: { readonly alias: string; readonly className: string }, cause: DataError) {
    super(cause.message, { cause });
    this.name = 'TransformError';
    this.alias = stage.alias;
    this.className = stage.className;
  }
}

interface Stage {
  readonly alias: string;
  readonly className: string;
  readonly transform: Transform;
  /** Which records it is for; undefined for all. */
  readonly predicate: Predicate | undefined;
}

/** Transforms in a row, as `transforms=` lists them. */
export class TransformChain {
  readonly #stages: readonly Stage[];
  /** Sentences about settings that have no effect, or should be written otherwise. */
  readonly warnings: readonly string[];

  constructor(stages: readonly Stage[], warnings: readonly string[]) {
    this.#stages = stages;
    this.warnings = warnings;
  }

  /** How many transforms there are. */
  get length(): number {
    return this.#stages.length;
  }

  /** Each transform as a chain of its own, by the name that the user gave it. */
  get links(): readonly { readonly alias: string; readonly chain: TransformChain }[] {
    return this.#stages.map((stage) => ({ alias: stage.alias, chain: new TransformChain([stage], []) }));
  }

  /** Whether a transform marks rows that delete. */
  get marksDeletes(): boolean {
    return this.#stages.some(({ className }) => className === ADD_OP_FIELD);
  }

  /** Whether a transform reads or changes keys, so that it must be known what they are. */
  get readsKeys(): boolean {
    return this.#stages.some(({ className }) => className.endsWith('$Key') || className === BY_LOGICAL_TABLE_ROUTER);
  }

  /**
   * Where all records of a topic go, as far as that can be told by its name alone. What routes by the records themselves
   * is passed over, and so is a transform whose predicate looks at them.
   */
  topicOf(topic: string): string {
    return this.#stages.reduce((current, { transform, predicate }) => {
      const isMeant = predicate === undefined || predicate.testTopic?.(current) === true;
      return (isMeant ? transform.topicOf?.(current) : undefined) ?? current;
    }, topic);
  }

  /** Whether no record stays in the table of its topic's name: each goes where a transform sends it by what it holds. */
  get routesByRecord(): boolean {
    return this.#stages.some(
      ({ transform, predicate }) => transform.routesByRecord === true && predicate === undefined,
    );
  }

  /**
   * @returns the record that goes on, or null when a transform filtered it out.
   * @throws TransformError for a record that a transform cannot do anything with.
   */
  apply(record: ConnectRecord): ConnectRecord | null {
    let current: ConnectRecord | null = record;
    for (const stage of this.#stages) {
      try {
        if (stage.predicate === undefined || stage.predicate.test(current)) current = stage.transform.apply(current);
      } catch (error) {
        throw error instanceof DataError ? new TransformError(stage, error) : error;
      }
      if (current === null) return null;
    }
    return current;
  }
}

function not(predicate: Predicate): Predicate {
  const { testTopic } = predicate;
  return {
    test: (record) => !predicate.test(record),
    ...(testTopic && { testTopic: (topic: string) => !testTopic(topic) }),
  };
}

/**
 * Makes the transforms of a connector.
 *
 * @param entries - all settings of the connector, of which `transforms`, `predicates` and what begins with them is read.
 * @throws ConfigError with every problem of every transform and predicate.
 */
export function createTransformChain(
  entries: Readonly<Record<string, string>>,
  context: ChainContext = {},
): TransformChain {
  return new ChainReader(entries, context).read();
}

class ChainReader {
  readonly #entries: Readonly<Record<string, string>>;
  readonly #context: ChainContext;
  readonly #problems: string[] = [];
  readonly #warnings: string[] = [];

  constructor(entries: Readonly<Record<string, string>>, context: ChainContext) {
    this.#entries = entries;
    this.#context = context;
  }

  read(): TransformChain {
    const predicates = new Map<string, Predicate | undefined>();
    for (const alias of this.#aliases('predicates')) predicates.set(alias, this.#predicate(alias));
    const stages = this.#aliases('transforms').map((alias) => this.#stage(alias, predicates));
    if (this.#problems.length === 0) this.#checkDebezium(stages.filter((stage) => stage !== undefined));
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
    return new TransformChain(
      stages.filter((stage) => stage !== undefined),
      this.#warnings,
    );
  }

  #aliases(key: 'transforms' | 'predicates'): readonly string[] {
    const aliases = new TransformOptions(this.#entries, '').list(key);
    if (new Set(aliases).size < aliases.length) {
      this.#problems.push(
        `Invalid value [${aliases.join(', ')}] for configuration ${key}: Duplicate alias provided. Name each once.`,
      );
    }
    const unlisted = Object.keys(this.#entries).filter(
      (entry) => entry.startsWith(`${key}.`) && !aliases.some((alias) => entry.startsWith(`${key}.${alias}.`)),
    );
    for (const entry of unlisted) {
      this.#warnings.push(`\`${entry}\` has no effect: \`${key}\` does not name what it belongs to.`);
    }
    return [...new Set(aliases)];
  }

  #predicate(alias: string): Predicate | undefined {
    return this.#attempt(() => {
      const options = this.#optionsOf('predicates', alias);
      const { made, warnings } = createPredicate(alias, options.className, options.entries);
      this.#warnings.push(...warnings);
      return made;
    });
  }

  #stage(alias: string, predicates: ReadonlyMap<string, Predicate | undefined>): Stage | undefined {
    const predicate = this.#attempt(() => this.#predicateOf(alias, predicates));
    return this.#attempt(() => {
      const options = this.#optionsOf('transforms', alias);
      const { className, made, warnings } = createTransform(alias, options.className, options.entries, this.#context);
      this.#warnings.push(...warnings);
      return { alias, className, transform: made, predicate };
    });
  }

  #predicateOf(alias: string, predicates: ReadonlyMap<string, Predicate | undefined>): Predicate | undefined {
    const own = new TransformOptions(this.#entries, '');
    const key = `transforms.${alias}.predicate`;
    const name = own.text(key);
    const negateKey = `transforms.${alias}.negate`;
    const negate = own.flag(negateKey, false);
    if (name === undefined) {
      if (own.text(negateKey) === undefined) return undefined;
      throw new ConfigError([
        `Config '${negateKey}' was provided but there is no config '${key}' defining a predicate to be negated.`,
      ]);
    }
    if (!predicates.has(name)) {
      throw own.invalid(
        key,
        `Predicate ${name} is not defined`,
        `Add it to \`predicates\`, with \`predicates.${name}.type\``,
      );
    }
    const predicate = predicates.get(name);
    return predicate && (negate ? not(predicate) : predicate);
  }

  #optionsOf(kind: 'transforms' | 'predicates', alias: string): { className: string; entries: Record<string, string> } {
    const prefix = `${kind}.${alias}.`;
    const className = new TransformOptions(this.#entries, '').requiredText(`${prefix}type`).trim();
    const entries = Object.entries(this.#entries)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]): [string, string] => [key.slice(prefix.length), value])
      .filter(([key]) => !OWN_KEYS.includes(key));
    return { className, entries: Object.fromEntries(entries) };
  }

  /** The chains with which Kafka Connect loses deletes without a word. */
  #checkDebezium(stages: readonly Stage[]): void {
    const addOp = stages.findIndex(({ className }) => className === ADD_OP_FIELD);
    const unwrap = stages.findIndex(({ className }) => className === EXTRACT_NEW_RECORD_STATE);
    const [addOpStage, unwrapStage] = [stages[addOp], stages[unwrap]];
    if (unwrapStage === undefined || this.#context.compatibility === 'java') return;
    if (addOpStage !== undefined && unwrap < addOp) {
      this.#problems.push(
        `\`transforms\` has \`${unwrapStage.alias}\` before \`${addOpStage.alias}\`, which finds no change events behind it and so adds no \`__op\`: deletes would be lost. Write \`transforms=…${addOpStage.alias},${unwrapStage.alias}…\`.`,
      );
    }
    const prefix = `transforms.${unwrapStage.alias}.`;
    const options = new TransformOptions(this.#optionsOf('transforms', unwrapStage.alias).entries, prefix);
    const mode = `${prefix}delete.tombstone.handling.mode`;
    const { deletes } = readDeleteHandling(options);
    if (deletes === 'rewrite') {
      if (addOpStage === undefined) {
        this.#warnings.push(
          `\`${unwrapStage.alias}\` marks deletes with \`__deleted\` alone, which deletes nothing in StarRocks: put ${ADD_OP_FIELD} before it, unless \`__deleted\` is a column of yours.`,
        );
      }
      return;
    }
    if (saysDeleteHandling(options) || (this.#context.tombstonesDelete === true && deletes !== 'drop')) return;
    this.#problems.push(
      addOpStage === undefined
        ? `\`${unwrapStage.alias}\` makes records without a value of deletes, and those do nothing: set \`delete.tombstones=true\` (in a pipeline file \`deletes.tombstones\`), so that StarRocks deletes what their keys name, or \`${mode}=drop\` to leave deletes out.`
        : `\`${addOpStage.alias}\` marks deletes with \`__op\`, and \`${unwrapStage.alias}\` takes their rows away: set \`${mode}=rewrite\`, so that StarRocks deletes them, or \`drop\` to leave deletes out.`,
    );
  }

  #attempt<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#problems.push(...error.problems);
      return undefined;
    }
  }
}
