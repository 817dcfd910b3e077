import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  type ContextManager,
  context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  type TimeInput,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { onTestFinished } from 'vitest';

/** A span that has ended. */
export interface RecordedSpan {
  readonly name: string;
  /** The name of the span that it is a part of. */
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  readonly error: string | undefined;
  readonly start: TimeInput | undefined;
  readonly end: TimeInput | undefined;
}

/** Stands in for an OpenTelemetry SDK until the test ends; returns the spans in the order in which they end. */
export function recordSpans(): readonly RecordedSpan[] {
  const spans: RecordedSpan[] = [];
  const names = new WeakMap<Span, string>();
  const startSpan = (
    name: string,
    { attributes = {}, startTime }: SpanOptions = {},
    parent = context.active(),
  ): Span => {
    const above = trace.getSpan(parent);
    let error: string | undefined;
    const base = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const span: Span = Object.assign(Object.create(base) as Span, {
      setStatus: ({ message }: { message?: string }) => {
        error = message ?? '';
        return span;
      },
      end: (end?: TimeInput) =>
        spans.push({ name, parent: above && names.get(above), attributes, error, start: startTime, end }),
    });
    names.set(span, name);
    return span;
  };
  const startActiveSpan = (name: string, options: SpanOptions, task: (span: Span) => unknown): unknown => {
    const span = startSpan(name, options);
    return context.with(trace.setSpan(context.active(), span), () => task(span));
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan }) as Tracer });
  context.setGlobalContextManager(new AsyncContexts());
  onTestFinished(() => {
    trace.disable();
    context.disable();
  });
  return spans;
}

/** What SDKs for Node know which span is under way by. */
class AsyncContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    task: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => task.apply(thisArg, args));
  }

  bind<T>(_: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}
