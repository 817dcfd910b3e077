/** A request to the worker that cannot be fulfilled. `status` is what HTTP answers with. */
export class WorkerError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WorkerError';
    this.status = status;
  }
}
