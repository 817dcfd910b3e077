const SIZE_BYTES = 4;

/** Cuts a stream into Kafka's messages, each with the four bytes of its size. */
export class KafkaFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that are complete now. */
  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    while (this.#rest.length >= SIZE_BYTES) {
      const end = SIZE_BYTES + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) break;
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** Kafka's number for a commit of offsets. */
export const OFFSET_COMMIT = 8;

/** The head of a request, and its text: metadata stands in it as it is. */
export interface KafkaRequest {
  readonly apiKey: number;
  readonly correlationId: number;
  readonly clientId: string;
  readonly text: string;
}

/** Reads a request as all versions of Kafka's protocol begin it: size, key, version, correlation id, client id. */
export function readRequest(frame: Buffer): KafkaRequest {
  const clientIdLength = Math.max(0, frame.readInt16BE(12));
  return {
    apiKey: frame.readInt16BE(4),
    correlationId: frame.readInt32BE(8),
    clientId: frame.toString('utf8', 14, 14 + clientIdLength),
    text: frame.toString('latin1', 14 + clientIdLength),
  };
}

export function correlationIdOf(response: Buffer): number {
  return response.readInt32BE(SIZE_BYTES);
}
