/** The errors of brokers that we tell apart, by their numbers. */
export const OFFSET_OUT_OF_RANGE = 1;
export const LEADER_NOT_AVAILABLE = 5;
export const TOPIC_AUTHORIZATION_FAILED = 29;
export const UNSUPPORTED_COMPRESSION_TYPE = 76;

const UNKNOWN_SERVER_ERROR = -1;
const CORRUPT_MESSAGE = 2;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const NOT_LEADER_OR_FOLLOWER = 6;
const REPLICA_NOT_AVAILABLE = 9;
const KAFKA_STORAGE_ERROR = 56;
const FENCED_LEADER_EPOCH = 74;
const UNKNOWN_LEADER_EPOCH = 75;
const OFFSET_NOT_AVAILABLE = 78;
const UNKNOWN_TOPIC_ID = 100;
const INCONSISTENT_TOPIC_ID = 103;
const FETCH_SESSION_ID_NOT_FOUND = 70;
const INVALID_FETCH_SESSION_EPOCH = 71;
const FETCH_SESSION_TOPIC_ID_ERROR = 106;

const NAMES: ReadonlyMap<number, string> = new Map([
  [UNKNOWN_SERVER_ERROR, 'UNKNOWN_SERVER_ERROR'],
  [OFFSET_OUT_OF_RANGE, 'OFFSET_OUT_OF_RANGE'],
  [CORRUPT_MESSAGE, 'CORRUPT_MESSAGE'],
  [UNKNOWN_TOPIC_OR_PARTITION, 'UNKNOWN_TOPIC_OR_PARTITION'],
  [LEADER_NOT_AVAILABLE, 'LEADER_NOT_AVAILABLE'],
  [NOT_LEADER_OR_FOLLOWER, 'NOT_LEADER_OR_FOLLOWER'],
  [REPLICA_NOT_AVAILABLE, 'REPLICA_NOT_AVAILABLE'],
  [TOPIC_AUTHORIZATION_FAILED, 'TOPIC_AUTHORIZATION_FAILED'],
  [KAFKA_STORAGE_ERROR, 'KAFKA_STORAGE_ERROR'],
  [FENCED_LEADER_EPOCH, 'FENCED_LEADER_EPOCH'],
  [UNKNOWN_LEADER_EPOCH, 'UNKNOWN_LEADER_EPOCH'],
  [UNSUPPORTED_COMPRESSION_TYPE, 'UNSUPPORTED_COMPRESSION_TYPE'],
  [OFFSET_NOT_AVAILABLE, 'OFFSET_NOT_AVAILABLE'],
  [UNKNOWN_TOPIC_ID, 'UNKNOWN_TOPIC_ID'],
  [INCONSISTENT_TOPIC_ID, 'INCONSISTENT_TOPIC_ID'],
  [FETCH_SESSION_ID_NOT_FOUND, 'FETCH_SESSION_ID_NOT_FOUND'],
  [INVALID_FETCH_SESSION_EPOCH, 'INVALID_FETCH_SESSION_EPOCH'],
  [FETCH_SESSION_TOPIC_ID_ERROR, 'FETCH_SESSION_TOPIC_ID_ERROR'],
]);

/** Ordinary while leaders change: a look at the metadata, and the partition is read on. */
const OF_A_CHANGE: ReadonlySet<number> = new Set([
  LEADER_NOT_AVAILABLE,
  NOT_LEADER_OR_FOLLOWER,
  REPLICA_NOT_AVAILABLE,
  FENCED_LEADER_EPOCH,
  UNKNOWN_LEADER_EPOCH,
  OFFSET_NOT_AVAILABLE,
]);

/** The broker has dropped the session, to make room for others or because it was started anew; or both sides differ about it. */
const OF_A_SESSION: ReadonlySet<number> = new Set([
  FETCH_SESSION_ID_NOT_FOUND,
  INVALID_FETCH_SESSION_EPOCH,
  FETCH_SESSION_TOPIC_ID_ERROR,
]);

/** Kafka's name of an error. */
export function nameOfError(code: number): string {
  return NAMES.get(code) ?? `error ${code}`;
}

/** Whether it belongs to a change of leaders, and is nothing to tell a person about. */
export function isLeaderChange(code: number): boolean {
  return OF_A_CHANGE.has(code);
}

/** Whether a new session is all that is needed. */
export function isSessionLost(code: number): boolean {
  return OF_A_SESSION.has(code);
}
