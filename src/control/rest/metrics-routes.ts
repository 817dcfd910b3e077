import { ok, type Route } from './route.ts';

export interface MetricsRoutesOptions {
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** What keeps rows from their tables now, in sentences. */
  readonly problems: () => readonly string[];
}

/** `/metrics` for Prometheus, and `/ready` for whoever decides whether the process does its work. */
export function metricsRoutes({ metrics, problems }: MetricsRoutesOptions): Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      // Prometheus takes anything but JSON.
      notOnlyJson: true,
      handle: async () => ({
        status: 200,
        text: { contentType: metrics.contentType, content: await metrics.text() },
      }),
    },
    {
      method: 'GET',
      path: '/ready',
      handle: () => {
        const found = problems();
        return found.length === 0
          ? ok({ status: 'ready', problems: [] })
          : { status: 503, body: { status: 'not ready', problems: found } };
      },
    },
  ];
}
