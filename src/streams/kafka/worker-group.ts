import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { z } from 'zod';
import { backoffMs } from '../../core/backoff.ts';
import { ConfigError, describeError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { pause } from '../../core/pause.ts';
import { kafkaConfig } from './client-options.ts';
import { explain } from './explain.ts';
import { GroupMembership, type GroupMembershipOptions } from './group-membership.ts';

export interface WorkerGroupOptions extends GroupMembershipOptions {
  /** A topic that every worker may read; the group has to be about one. */
  readonly topic: string;
  /** What others call this worker by, `host:port`. */
  readonly workerId: string;
}

/** A process of the group. */
export interface GroupWorker {
  /** Of this process alone, even where two have the same id by mistake. */
  readonly key: string;
  readonly workerId: string;
}

export interface WorkerGroupListener {
  /** Exactly these processes are in the group now. */
  workers(all: readonly GroupWorker[]): void;
  /** The group cannot be joined, and nothing will change that by itself. */
  failed(error: Error): void;
}

const { AssignerProtocol, Kafka: KafkaClient } = kafkajs;

/** Members that offer another one have nothing to do with this group, and the broker keeps them out. */
const PROTOCOL = 'tributary-workers';
/** Longest pause between two questions for the members, in milliseconds. */
const ASK_LIMIT_MS = 2_000;

const memberData = z.object({ key: z.string(), worker: z.string() });

/**
 * Who the processes of a cluster are, by a consumer group of their own in which nothing is fetched or committed. Kafka says
 * when the group has changed: it lets every member join again. Then each asks for the members and what they told of themselves.
 */
export class WorkerGroup {
  /** This process. */
  readonly self: GroupWorker;
  readonly #options: WorkerGroupOptions;
  readonly #listener: WorkerGroupListener;
  readonly #logger: Logger;
  readonly #admin: Admin;
  readonly #membership: GroupMembership;
  #asking = new AbortController();

  constructor(options: WorkerGroupOptions, listener: WorkerGroupListener, logger: Logger) {
    this.self = { key: randomUUID(), workerId: options.workerId };
    this.#options = options;
    this.#listener = listener;
    this.#logger = logger;
    const kafka: Kafka = new KafkaClient(kafkaConfig(options, logger));
    this.#admin = kafka.admin();
    this.#membership = new GroupMembership(
      kafka,
      {
        ...options,
        protocolName: PROTOCOL,
        memberData: Buffer.from(JSON.stringify({ key: this.self.key, worker: options.workerId })),
      },
      {
        assigned: () => void this.#ask(),
        rebalancing: () => this.#asking.abort(),
        stalled: () => undefined,
        failed: (error) => void this.#failed(error),
      },
      logger,
    );
  }

  /** @throws ConfigError when somebody else has the group, such as workers of Kafka Connect. */
  async join(): Promise<void> {
    try {
      await this.#admin.connect();
      await this.#refuseOthers();
    } catch (error) {
      throw explain(error, this.#options);
    }
    await this.#membership.join([this.#options.topic]);
  }

  async leave(): Promise<void> {
    this.#asking.abort();
    await this.#membership.leave();
    await this.#admin.disconnect();
  }

  /** Asks for the members until Kafka can tell, or they have changed again. */
  async #ask(): Promise<void> {
    this.#asking.abort();
    const asking = new AbortController();
    this.#asking = asking;
    for (let attempt = 1; ; attempt++) {
      try {
        const workers = await this.#describe();
        if (asking.signal.aborted) return;
        if (workers?.some(({ key }) => key === this.self.key) === true) {
          this.#listener.workers(workers);
          return;
        }
      } catch (error) {
        if (asking.signal.aborted) return;
        this.#logger.warn(
          { error: describeError(error) },
          'Kafka did not tell the workers of the cluster; asking again',
        );
      }
      const isOver = await pause(backoffMs(attempt, { limit: ASK_LIMIT_MS }), asking.signal).then(
        () => false,
        () => true,
      );
      if (isOver) return;
    }
  }

  /** Undefined while members come and go. */
  async #describe(): Promise<GroupWorker[] | undefined> {
    const { groups } = await this.#admin.describeGroups([this.#options.groupId]);
    const [group] = groups;
    if (group?.state !== 'Stable') return undefined;
    return group.members.map(({ memberId, memberMetadata }) => workerOf(memberId, memberMetadata));
  }

  /** Kafka's own refusal would not say who is there. */
  async #refuseOthers(): Promise<void> {
    const { groupId } = this.#options;
    const { groups } = await this.#admin.describeGroups([groupId]);
    const [group] = groups;
    if (!group || group.members.length === 0) return;
    if (group.protocolType === 'connect') {
      const count = group.members.length;
      const [who, whom] =
        count === 1 ? ['1 worker of Kafka Connect is', 'it'] : [`${count} workers of Kafka Connect are`, 'them'];
      throw new ConfigError([
        `${who} running in group ${groupId} (group.id). Stop ${whom} first: then this process takes the StarRocks connectors over where they were left.`,
      ]);
    }
    if (group.state === 'Stable' && group.protocol !== PROTOCOL) {
      throw new ConfigError([
        `Group ${groupId} (group.id) is used by other consumers. Stop them, or name another group, the same for every worker of this cluster.`,
      ]);
    }
  }

  async #failed(error: Error): Promise<void> {
    // Somebody may have taken the group meanwhile.
    const reason = await this.#refuseOthers().then(
      () => error,
      (refusal: unknown) => (refusal instanceof ConfigError ? refusal : error),
    );
    this.#listener.failed(reason);
  }
}

function workerOf(memberId: string, metadata: Buffer): GroupWorker {
  const text = AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString() ?? '';
  const { key, worker } = memberData.catch({ key: memberId, worker: memberId }).parse(parseJson(text));
  return { key, workerId: worker };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
