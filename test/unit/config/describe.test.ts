import { describe, expect, it } from 'vitest';
import { redact, settingsTable } from '../../../src/config/describe.ts';
import { modelLeaves } from '../../../src/config/walk.ts';
import { loadOne, pipelineYaml } from './support.ts';

describe('settingsTable', () => {
  const rows = settingsTable().split('\n');

  it('has a row for every setting, each with a meaning and the same number of cells', () => {
    expect(rows).toHaveLength(modelLeaves().length + 2);
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(8);
    for (const { meta } of modelLeaves()) expect(meta.description).toMatch(/[.…]$/);
  });

  it.each([
    '| `name` | `name` | text | **required** |  | Name of the pipeline; names its consumer group and its loads. |',
    "| `flush.maxBytes` | `bufferflush.maxbytes` | whole number | `94371840` | from 1024 to 10737418240 bytes; in Connect files from 67108864 to 10737418240 | A batch is loaded once it has this many bytes. 90 MiB as the product doc says; the connector's code has 64 MiB. |",
    '| `flush.maxRecords` |  | whole number | no limit | 1 or more | A batch is loaded once it has this many records. |',
    '| `commit.intervalMs` | `offset.flush.interval.ms` (worker) | whole number | `60000` | from 10 to 86400000 ms | A batch is loaded at the latest after this time, as in Kafka Connect. Offsets are committed after each load, whatever this is. |',
    '| `kafka.isolationLevel` | `consumer.override.isolation.level` | choice | `read_uncommitted` | `read_uncommitted`, `read_committed` | Whether records of open and aborted Kafka transactions are read. |',
  ])('holds %s', (row) => expect(rows).toContain(row));
});

describe('redact', () => {
  it('hides every secret and nothing else', async () => {
    const text = pipelineYaml()['p.yaml']?.replace("password: ''", 'password: hunter2') ?? '';
    const sasl = '  sasl: { mechanism: plain, username: KEY, password: hunter3 }\nstarrocks:';
    const pipeline = await loadOne({ 'p.yaml': text.replace('starrocks:', sasl) });
    const shown = redact({
      ...pipeline,
      transforms: [{ name: './mask.js', level: 'record', timeoutMs: 5, create: () => undefined }],
    });
    expect(JSON.stringify(shown)).not.toContain('hunter');
    expect(shown).toEqual({
      ...pipeline,
      kafka: { ...pipeline.kafka, sasl: { mechanism: 'plain', username: 'KEY', password: '***' } },
      starrocks: { ...pipeline.starrocks, password: '***' },
      transforms: [{ name: './mask.js', level: 'record', timeoutMs: 5, create: 'function create' }],
    });
  });
});
