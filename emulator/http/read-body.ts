import { type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The client closed its connection before the body was complete. */
export class BodyAbortedError extends Error {
  constructor() {
    super('Cancelled');
    this.name = 'BodyAbortedError';
  }
}

/** Hands over the body piece by piece and returns its length. A client's departure is noticed `cancelDelayMs` late. */
export async function readBody(
  request: IncomingMessage,
  take: (chunk: Buffer, received: number) => void,
  cancelDelayMs = 0,
): Promise<number> {
  let received = 0;
  let refusal: unknown;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      received += chunk.length;
      try {
        take(chunk, received);
      } catch (error) {
        refusal = error;
        break;
      }
    }
  } catch {
    // Below.
  }
  if (refusal instanceof Error) throw refusal;
  if (request.complete) return received;
  await sleep(cancelDelayMs);
  throw new BodyAbortedError();
}

/** A small body as text; longer ones are cut off by the limit. */
export async function readText(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  await readBody(request, (chunk, received) => {
    if (received > limit) throw new Error(`the body is longer than ${limit} bytes`);
    chunks.push(chunk);
  });
  return Buffer.concat(chunks).toString('utf8');
}
