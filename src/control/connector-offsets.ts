import { type PipelineConfig } from '../config/model.ts';
import { describeError } from '../core/errors.ts';
import { partitionKey, type TopicPartition } from '../core/record-batch.ts';
import { within } from '../core/within.ts';
import { readDecision } from '../streams/decision-metadata.ts';
import { type GroupOffsets } from '../streams/group-offsets.ts';
import { type CommittedOffset } from '../streams/source.ts';
import { WorkerError } from './worker-error.ts';

/** A partition and where its group should go on; undefined where it should have no offset. */
export interface WantedOffset extends TopicPartition {
  readonly offset: number | undefined;
}

export interface ConnectorOffsetsOptions {
  readonly openGroup: (config: PipelineConfig) => GroupOffsets;
}

const CLOSE_MS = 5_000;

/** Reads and changes where a connector goes on: the committed offsets of its consumer group. */
export class ConnectorOffsets {
  readonly #options: ConnectorOffsetsOptions;

  constructor(options: ConnectorOffsetsOptions) {
    this.#options = options;
  }

  /** In the order of topics and partitions. */
  read(config: PipelineConfig): Promise<(TopicPartition & { readonly offset: number })[]> {
    return this.#use(config, async (group) =>
      (await group.committed()).flatMap(({ topic, partition, offset }) =>
        offset === undefined ? [] : [{ topic, partition, offset }],
      ),
    );
  }

  /**
   * Sets all or none, in one request. The connector's task must not run.
   *
   * @throws WorkerError in Kafka Connect's words where it has some.
   */
  alter(config: PipelineConfig, wanted: readonly WantedOffset[]): Promise<void> {
    const { name } = config;
    if (wanted.some(({ offset = 0 }) => offset < 0)) {
      throw new WorkerError(500, `Failed to modify offsets for sink connector ${name}`);
    }
    return this.#use(config, async (group) => {
      const counts = await group.partitionCounts([...new Set(wanted.map(({ topic }) => topic))]);
      if (wanted.some(({ topic, partition }) => partition < 0 || partition >= (counts.get(topic) ?? 0))) {
        throw new WorkerError(500, `Failed to alter consumer group offsets for connector ${name}`);
      }
      const committed = new Map((await group.committed()).map((one) => [partitionKey(one), one]));
      const changes = wanted.map(({ topic, partition, offset }) => ({
        from: committed.get(partitionKey({ topic, partition })) ?? neverCommitted({ topic, partition }),
        offset,
      }));
      refuseInterrupted(changes.map(({ from }) => from));
      await group.replace(changes.filter(({ from, offset }) => from.offset !== undefined || offset !== undefined));
    });
  }

  /** Forgets all offsets. The connector's task must not run. */
  reset(config: PipelineConfig): Promise<void> {
    return this.#use(config, async (group) => {
      refuseInterrupted(await group.committed());
      await group.forget();
    });
  }

  async #use<T>(config: PipelineConfig, task: (group: GroupOffsets) => Promise<T>): Promise<T> {
    const group = this.#options.openGroup(config);
    try {
      return await task(group);
    } catch (error) {
      if (error instanceof WorkerError) throw error;
      throw new WorkerError(500, describeError(error), { cause: error });
    } finally {
      await within(CLOSE_MS, group.close());
    }
  }
}

function neverCommitted({ topic, partition }: TopicPartition): CommittedOffset {
  return { topic, partition, offset: undefined, metadata: '' };
}

/** Beside such an offset stands how its load ends. Without that, nobody could tell whether the rows are in the table. */
function refuseInterrupted(offsets: readonly CommittedOffset[]): void {
  const interrupted = offsets.find(({ metadata }) => isDecision(metadata));
  if (!interrupted) return;
  const { topic, partition } = interrupted;
  throw new WorkerError(
    400,
    `A load of topic ${topic}, partition ${partition} was interrupted, and its offset says how it ends. Resume the connector, which ends the load, stop it, and try again; or settle the load with \`node dist/main.js resolve\`.`,
  );
}

function isDecision(metadata: string): boolean {
  try {
    return readDecision(metadata) !== undefined;
  } catch {
    // Written by a later version, or damaged: a person has to look.
    return true;
  }
}
