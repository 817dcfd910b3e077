import { type ServerResponse } from 'node:http';

export interface AnswerOptions {
  readonly status?: number;
  /** BEs indent their JSON by four spaces, FEs by two or not at all. */
  readonly indent?: number;
  readonly close?: boolean;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one JSON document; fields that are undefined stay out. */
export function answerJson(response: ServerResponse, body: object, options: AnswerOptions = {}): void {
  answerText(response, JSON.stringify(body, undefined, options.indent), {
    contentType: 'application/json',
    ...options,
  });
}

export function answerText(response: ServerResponse, text: string, options: AnswerOptions = {}): void {
  // The client may be gone; there is nobody left to tell.
  if (response.headersSent || response.destroyed) return;
  const { status = 200, close = false, contentType = 'text/html', headers = {} } = options;
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(text),
    ...(close ? { Connection: 'close' } : {}),
    ...headers,
  });
  response.end(text);
}
