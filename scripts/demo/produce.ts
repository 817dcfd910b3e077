// Produces more rows to the topic of a demo that was left running, or of any other broker.
import { parseArgs } from 'node:util';
import { CommandLineError, parseRows } from './command-line.ts';
import { keptBootstrapServers } from './kept-parts.ts';
import { countProduced, createTopic, kafkaClient, produceRows, TOPIC } from './rows.ts';

const HELP = `Produces rows such as {"id":1,"city":"New York"} to the topic ${TOPIC}, which is made if
it isn't there; ids go on where it ends.

Usage: node dist-tools/scripts/demo/produce.js [options]

  --rows N              how many (1000)
  --brokers HOST:PORT   the broker (that of the demo which --keep left running)
`;

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof CommandLineError || error instanceof TypeError ? 2 : 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rows: { type: 'string' }, brokers: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const rows = parseRows(values.rows ?? '1000');
  const brokers = values.brokers ?? (await keptBootstrapServers());
  if (brokers === undefined) {
    throw new CommandLineError('No demo was left running: start one with npm run demo -- --keep, or give --brokers.');
  }
  const kafka = kafkaClient(brokers);
  await createTopic(kafka);
  const before = await countProduced(kafka);
  await produceRows(kafka, before + 1, before + rows);
  process.stdout.write(`produced ${rows} rows, ids ${before + 1} to ${before + rows}\n`);
}
