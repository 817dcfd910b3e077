import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { ServiceError } from './service-error.ts';

const OLDEST = 17;
const CURE =
  'install a JDK (Debian and Ubuntu: apt-get install openjdk-17-jdk-headless) or point JAVA_HOME at one, and try again.';

/** The command that starts a Java which Kafka can run on. */
export async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const java = home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
  const result = await runCommand(java, ['-version'], 30_000);
  if (result === undefined) {
    const place = java === 'java' ? 'no java was found on the PATH' : `JAVA_HOME has no bin/java (${java})`;
    throw new ServiceError(`Kafka needs Java ${OLDEST} or newer, and ${place}: ${CURE}`);
  }
  const version = /version "(?:1\.)?(\d+)/.exec(result.output)?.[1];
  if (version === undefined) {
    const said = result.output.trim().split('\n')[0] ?? '';
    throw new ServiceError(`Kafka needs Java ${OLDEST} or newer, and \`${java} -version\` answers "${said}": ${CURE}`);
  }
  if (Number(version) < OLDEST) {
    throw new ServiceError(`Kafka needs Java ${OLDEST} or newer, and ${java} is Java ${version}: ${CURE}`);
  }
  return java;
}
