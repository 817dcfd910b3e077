import { type Attributes, type Span, SpanStatusCode, type TimeInput, type Tracer, trace } from '@opentelemetry/api';
import { describeError } from './errors.ts';
import { within } from './within.ts';

/** Milliseconds that sending the last spans may take. */
const FLUSH_MS = 5_000;

/** A step that OpenTelemetry is told of: as a part of what is under way, and until its task has ended. */
export interface TracedStep {
  readonly name: string;
  readonly attributes?: Attributes;
  /** When it began, if that is over, in milliseconds since the epoch. */
  readonly since?: number;
}

/**
 * Runs a task as a span, which is an error when the task rejects. A process that has not been started with an
 * OpenTelemetry SDK records nothing, and pays a function call.
 */
export function traced<T>(step: TracedStep, task: (span: Span) => Promise<T>): Promise<T> {
  return tracer().startActiveSpan(step.name, spanOptions(step), async (span) => {
    try {
      return await task(span);
    } catch (error) {
      markFailed(span, describeError(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Tells of a step that is over already. */
export function tracePast(step: TracedStep & { readonly since: number }, until: number): void {
  tracer().startSpan(step.name, spanOptions(step)).end(until);
}

/** What went wrong in a step whose task did not reject. */
export function markFailed(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Gives an SDK that there is the time to send what it has: before the process, or the thread, ends. */
export async function flushSpans(): Promise<void> {
  const proxy: unknown = trace.getTracerProvider();
  const provider = hasDelegate(proxy) ? proxy.getDelegate() : proxy;
  // Where they cannot be sent is the SDK's to say.
  if (canFlush(provider)) await within(FLUSH_MS, Promise.allSettled([provider.forceFlush()]));
}

function hasDelegate(provider: unknown): provider is { getDelegate(): unknown } {
  return typeof provider === 'object' && provider !== null && 'getDelegate' in provider;
}

/** Every provider of an SDK can, though the interface does not say so. */
function canFlush(provider: unknown): provider is { forceFlush(): Promise<void> } {
  return typeof provider === 'object' && provider !== null && 'forceFlush' in provider;
}

/** Asked for anew each time: an SDK may come after this module. */
function tracer(): Tracer {
  return trace.getTracer('tributary');
}

function spanOptions({ attributes = {}, since }: TracedStep): { attributes: Attributes; startTime?: TimeInput } {
  return { attributes, ...(since !== undefined && { startTime: since }) };
}
