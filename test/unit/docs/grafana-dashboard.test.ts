import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Metrics } from '../../../src/control/metrics.ts';

it('the Grafana dashboard asks for metrics that there are, and for all of ours', async () => {
  const file = readFileSync(new URL('../../../docs/grafana-dashboard.json', import.meta.url), 'utf8');
  const asked = new Set(
    [...file.matchAll(/"expr": "(.*)"/g)]
      .flatMap(([, expression = '']) => expression.match(/\b(?:tributary|process|nodejs)_\w+/g) ?? [])
      .map((name) => name.replace(/_bucket$/, '')),
  );
  const there = [...(await new Metrics().text()).matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name);
  expect([...asked].filter((name) => !there.includes(name))).toEqual([]);
  const missing = there.filter((name) => name.startsWith('tributary_') && !asked.has(name));
  expect(missing).toEqual(['tributary_partition_offset']);
});
