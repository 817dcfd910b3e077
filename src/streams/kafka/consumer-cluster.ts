import { type Broker, type Cluster, type PartitionOffset } from 'kafkajs';

/** A member's place in its group: the broker refuses the commits of one that has lost it. */
export interface Place {
  readonly memberId: string;
  readonly generationId: number;
}

/** The broker that keeps a group together. */
export interface Coordinator extends Pick<Broker, 'isConnected' | 'offsetCommit'> {
  offsetFetch(request: Parameters<Broker['offsetFetch']>[0]): Promise<{ responses: FetchedOffsets[] }>;
}

/** What a group has committed, of one topic; an offset of -1 where it has nothing. */
export interface FetchedOffsets {
  readonly topic: string;
  readonly partitions: readonly (PartitionOffset & { readonly metadata?: string | null })[];
}

/** What KafkaJS' consumer knows of its brokers, as its assigners get it. */
export interface ConsumerCluster
  extends Pick<Cluster, 'refreshMetadata' | 'findTopicPartitionMetadata' | 'fetchTopicsOffset'> {
  findGroupCoordinator(group: { readonly groupId: string }): Promise<Coordinator>;
}

/** What KafkaJS' types leave out. */
interface Internals {
  readonly brokerPool: { findConnectedBroker: () => Promise<JoinedBroker> };
  findGroupCoordinator: (group: { groupId: string }) => Promise<JoinedBroker>;
}
interface JoinedBroker extends Coordinator {
  joinGroup: (request: unknown) => Promise<Place>;
  lookupRequest: (api: unknown, definition: unknown) => (request: unknown) => ProtocolRequest;
}
interface ProtocolRequest {
  readonly request: unknown;
  readonly response: { readonly parse: (answer: MetadataAnswer) => Promise<unknown> };
}
interface MetadataAnswer {
  readonly topicMetadata: readonly { readonly partitionMetadata: readonly { partitionErrorCode: number }[] }[];
}

const LEADER_NOT_AVAILABLE = 5;

/**
 * Makes the cluster of a KafkaJS consumer do what it does not by itself:
 *
 * - It tells of the places that it gets in its group. The consumer's own events tell the generation with its first heartbeat
 *   only.
 * - It takes partitions that have no leader for what they are, with the leader -1. The consumer would not join its group
 *   while any partition of its topics has none, and load nothing of all the others.
 *
 * @param joined - Called with each answer to a request to join.
 */
export function consumerCluster(cluster: Cluster, joined: (place: Place) => void): ConsumerCluster {
  const internals = cluster as unknown as Internals;
  listenToJoins(internals, joined);
  takeLeaderless(internals);
  return internals as unknown as ConsumerCluster;
}

function listenToJoins(cluster: Internals, joined: (place: Place) => void): void {
  const findGroupCoordinator = cluster.findGroupCoordinator.bind(cluster);
  const heard = new WeakSet<JoinedBroker>();
  cluster.findGroupCoordinator = async (group) => {
    const coordinator = await findGroupCoordinator(group);
    if (!heard.has(coordinator)) {
      heard.add(coordinator);
      const joinGroup = coordinator.joinGroup.bind(coordinator);
      coordinator.joinGroup = async (request) => {
        const answer = await joinGroup(request);
        joined(answer);
        return answer;
      };
    }
    return coordinator;
  };
}

/** The pool asks such a broker for metadata, and for nothing else. */
function takeLeaderless({ brokerPool }: Internals): void {
  const findConnectedBroker = brokerPool.findConnectedBroker.bind(brokerPool);
  brokerPool.findConnectedBroker = async () => {
    const broker = await findConnectedBroker();
    const lookupRequest: JoinedBroker['lookupRequest'] = (api, definition) => {
      const create = broker.lookupRequest(api, definition);
      return (request) => withoutLeaderErrors(create(request));
    };
    return Object.create(broker, { lookupRequest: { value: lookupRequest } }) as JoinedBroker;
  };
}

function withoutLeaderErrors({ request, response }: ProtocolRequest): ProtocolRequest {
  return {
    request,
    response: {
      ...response,
      parse: (answer) => {
        for (const partition of answer.topicMetadata.flatMap(({ partitionMetadata }) => partitionMetadata)) {
          if (partition.partitionErrorCode === LEADER_NOT_AVAILABLE) partition.partitionErrorCode = 0;
        }
        return response.parse(answer);
      },
    },
  };
}
