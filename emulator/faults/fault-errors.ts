/** The connection is gone: there is nobody to answer. */
export class ConnectionCutError extends Error {
  constructor() {
    super('the connection was cut by a fault');
    this.name = 'ConnectionCutError';
  }
}

/** The answer is this and nothing else. */
export class FaultResponse extends Error {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;

  constructor(status: number, body: string, location?: string) {
    super(`a fault answers ${status}`);
    this.name = 'FaultResponse';
    this.status = status;
    this.body = body;
    this.location = location;
  }
}
