import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkPlugin } from '../../../benchmarks/connect.ts';

describe('--connect-plugin', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plugin-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('says that a folder is missing', async () => {
    const missing = join(dir, 'no-such');
    await expect(checkPlugin(missing)).rejects.toThrow(
      `--connect-plugin names ${missing}, which is not a folder: unpack the StarRocks connector there.`,
    );
  });

  it('says that a folder has no jar', async () => {
    await expect(checkPlugin(dir)).rejects.toThrow(
      `--connect-plugin names ${dir}, which holds no .jar file: unpack the StarRocks connector there.`,
    );
  });

  it('says that the connector is in none of the jars', async () => {
    await writeFile(join(dir, 'other.jar'), 'PK com/example/Other.class');
    await expect(checkPlugin(dir)).rejects.toThrow(
      `--connect-plugin names ${dir}, but none of its 1 jars holds com.starrocks.connector.kafka.StarRocksSinkConnector.`,
    );
  });

  it('takes a folder with the connector', async () => {
    await writeFile(join(dir, 'sr.jar'), 'PK com/starrocks/connector/kafka/StarRocksSinkConnector.class');
    await expect(checkPlugin(dir)).resolves.toBeUndefined();
  });
});
