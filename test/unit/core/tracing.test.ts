import { type Tracer, trace } from '@opentelemetry/api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { flushSpans, traced } from '../../../src/core/tracing.ts';
import { recordSpans } from '../../support/recording-tracer.ts';

describe('a traced task', () => {
  it('gives its result; when it rejects, its span is an error with the reason', async () => {
    const spans = recordSpans();
    expect(await traced({ name: 'adds' }, () => Promise.resolve(2))).toBe(2);
    const failing = traced({ name: 'fails', attributes: { table: 't' }, since: 5 }, () =>
      Promise.reject(new Error('no room')),
    );
    await expect(failing).rejects.toThrow('no room');
    expect(spans).toMatchObject([
      { name: 'adds', error: undefined },
      { name: 'fails', attributes: { table: 't' }, start: 5, error: 'no room' },
    ]);
  });
});

describe('the last spans', () => {
  it('are sent before the end, where there is an SDK, whatever becomes of them', async () => {
    await flushSpans();
    let flushes = 0;
    const provider = {
      getTracer: (): Tracer => trace.getTracer('none'),
      forceFlush: () => {
        flushes++;
        return Promise.reject(new Error('nobody listens'));
      },
    };
    trace.setGlobalTracerProvider(provider);
    onTestFinished(() => trace.disable());
    await flushSpans();
    expect(flushes).toBe(1);
  });
});
