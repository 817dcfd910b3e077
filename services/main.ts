import { resolve } from 'node:path';
import { runCommandLine } from './cli.ts';
import { runDir } from './support/paths.ts';
import { sayOnStderr } from './support/say.ts';
import { ServiceError, UsageError } from './support/service-error.ts';

try {
  await runCommandLine(process.argv.slice(2), {
    print: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    say: sayOnStderr,
    dir: resolve(process.env['TRIBUTARY_SERVICES_DIR'] ?? runDir),
  });
} catch (error) {
  if (!(error instanceof ServiceError)) throw error;
  sayOnStderr(error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
