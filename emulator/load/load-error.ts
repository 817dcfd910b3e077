/** Names of Thrift's TStatusCode that transaction answers carry in `Status`. */
export type StatusCode =
  | 'INTERNAL_ERROR'
  | 'ANALYSIS_ERROR'
  | 'INVALID_ARGUMENT'
  | 'TXN_NOT_EXISTS'
  | 'TXN_IN_PROCESSING'
  | 'LABEL_ALREADY_EXISTS'
  | 'NOT_AUTHORIZED'
  | 'ABORTED'
  | 'MEM_LIMIT_EXCEEDED'
  | 'SERVICE_UNAVAILABLE';

/** Why a load failed, in StarRocks' words. */
export class LoadError extends Error {
  readonly status: StatusCode;
  /** The load's outcome is unknown to the client, and the transaction stays as it is. */
  readonly keepsTransaction: boolean;

  constructor(message: string, status: StatusCode = 'INTERNAL_ERROR', keepsTransaction = false) {
    super(message);
    this.name = 'LoadError';
    this.status = status;
    this.keepsTransaction = keepsTransaction;
  }
}

export type ExistingJobStatus = 'RUNNING' | 'FINISHED';

/** The label belongs to a transaction that is not aborted. */
export class LabelAlreadyUsedError extends LoadError {
  readonly existingJobStatus: ExistingJobStatus;

  constructor(label: string, existingJobStatus: ExistingJobStatus) {
    super(`Label [${label}] has already been used.`, 'LABEL_ALREADY_EXISTS');
    this.name = 'LabelAlreadyUsedError';
    this.existingJobStatus = existingJobStatus;
  }
}

/** Said of what StarRocks can do and this emulator cannot: a refusal by name, because silence would look like success. */
export function notEmulatedLoad(what: string): LoadError {
  return new LoadError(`${what} is not emulated`);
}
