/** A request to the worker that cannot be fulfilled. `status` is what HTTP answers with. */
export class WorkerError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WorkerError';
    this.status = status;
  }
}

/** Offsets are changed while nobody loads. */
export function notStopped(connector: string): WorkerError {
  return new WorkerError(
    400,
    `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${connector}/stop' endpoint`,
  );
}
