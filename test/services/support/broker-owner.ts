// Starts a broker, says where it is, and then only lives.
import { startKafka } from '../../../services/index.ts';

const { pid, logFile } = await startKafka();
process.stdout.write(`${JSON.stringify({ pid, logFile })}\n`);
setInterval(() => undefined, 60_000);
