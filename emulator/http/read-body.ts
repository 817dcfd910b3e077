import { type IncomingMessage } from 'node:http';

/** The client closed its connection before the body was complete. */
export class BodyAbortedError extends Error {
  constructor() {
    super('Cancelled');
    this.name = 'BodyAbortedError';
  }
}

/** Hands over the body piece by piece and returns its length. */
export async function readBody(
  request: IncomingMessage,
  take: (chunk: Buffer, received: number) => void,
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
    throw new BodyAbortedError();
  }
  if (refusal instanceof Error) throw refusal;
  if (!request.complete) throw new BodyAbortedError();
  return received;
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
