import { randomUUID } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, inject, it, onTestFinished } from 'vitest';
import { startDebezium } from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, differenceCounts, differences } from './support/connect-differences.ts';
import { connectRequests, type WorkerRequest } from './support/connect-requests.ts';
import { restAddress } from './support/rest-address.ts';
import { createScene } from './support/scene.ts';
import { produceRows } from './support/topic.ts';
import { clusterSettings, connectorOf, writeWorkerFile } from './support/workers.ts';

const ANSWER_MS = 30_000;
const UNTIL_MS = 30_000;
/** Kafka Connect's words for `ask again`: clients do. */
const REBALANCE = /rebalance|stale configuration/;

/** Over a connection of its own, and with nothing but what is asked: no client mends the path or adds a header. */
function send(
  base: string,
  { method, path, headers, body }: WorkerRequest,
): Promise<IncomingMessage & { text: string }> {
  const { hostname, port } = new URL(base);
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, method, path, headers: { ...headers, ...length }, agent: false, timeout: ANSWER_MS },
      (response) => {
        const parts: string[] = [];
        response.setEncoding('utf8').on('data', (part: string) => parts.push(part));
        response.on('end', () => resolve(Object.assign(response, { text: parts.join('') })));
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('there is no answer')));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Asks a worker everything, one after the other. */
async function ask(base: string, requests: readonly WorkerRequest[], version: string): Promise<Map<string, Answer>> {
  const id = randomUUID().slice(0, 8);
  const answers = new Map<string, Answer>();
  for (const request of requests) {
    const own = { ...request, path: request.path.replaceAll('{id}', id), body: request.body?.replaceAll('{id}', id) };
    const {
      statusCode = 0,
      headers,
      text,
    } = await eventually(async () => {
      const answer = await send(base, own);
      if (request.until) expect(answer.text, request.title).toMatch(request.until);
      else if (answer.statusCode === 409) expect(answer.text, request.title).not.toMatch(REBALANCE);
      return answer;
    }, UNTIL_MS);
    const same = (given: string): string =>
      given
        .replaceAll(id, '{id}')
        .replaceAll(new URL(base).host, 'worker')
        .replaceAll(version, '{version}')
        .replaceAll(/"last_modified":\d+/g, '"last_modified":0')
        // The class of the connector that stands in for the Java one is within it.
        .replaceAll('StarRocksSinkConnector$StarRocksSinkTask', 'StarRocksSinkTask');
    answers.set(request.title, {
      status: statusCode,
      contentType: headers['content-type'],
      location: headers.location && same(headers.location),
      allow: headers.allow?.split(',').sort(),
      body: readBody(same(text)),
    });
  }
  return answers;
}

/** JSON, or the text; names stand in no order that has a meaning. */
function readBody(text: string): unknown {
  const body: unknown = /^[[{]/.test(text) ? JSON.parse(text) : text;
  const isNames = Array.isArray(body) && body.every((one) => typeof one === 'string');
  return isNames ? body.toSorted() : /^(?:[A-Z]+, ?)+[A-Z]+$/.test(text) ? text.split(/, ?/).sort() : body;
}

it('answers as a distributed worker of a real Kafka Connect 4.3.1 does, field by field, but for what is different on purpose', async () => {
  const rows = 100;
  const scene = await createScene();
  const { topic } = scene;
  await produceRows(topic, { to: rows });
  const connect = await startDebezium({
    bootstrapServers: inject('kafka').bootstrapServers,
    properties: clusterSettings({ 'offset.flush.interval.ms': '1000' }),
    sources: [join(import.meta.dirname, 'java-connectors/StarRocksSinkConnector.java')],
    say: () => undefined,
  });
  onTestFinished(() => connect.stop());
  const main = scene.run([await writeWorkerFile(scene, clusterSettings({ listeners: 'http://127.0.0.1:0' }))]);
  const requests = connectRequests({ ...connectorOf(scene), 'tasks.max': '1' }, { topic, rows });
  expect(new Set(requests.map(({ title }) => title)).size).toBe(requests.length);
  const [theirs, ours] = await Promise.all([
    ask(connect.url, requests, '1.0.5'),
    ask(await restAddress(main), requests, '0.1.0'),
  ]);

  const counts: Record<string, number> = {};
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  for (const [title, expected] of theirs) {
    const answer = ours.get(title);
    const meant = differences.find(({ concerns }) => concerns(title, expected));
    if (isDeepStrictEqual(answer, expected)) {
      count('the same');
    } else if (!answer || !meant) {
      expect.soft(answer, title).toEqual(expected);
    } else {
      count(meant.why);
      expect.soft(meant.seen?.(answer) ?? answer, `${title}: ${meant.why}`).toEqual(meant.answer(expected));
    }
  }
  process.stdout.write(`${requests.length} requests: ${JSON.stringify(counts, undefined, 1)}\n`);
  expect(counts).toEqual(differenceCounts);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
}, 300_000);
