import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const sharedBroker = ['./test/support/kafka.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/summary-reporter.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // No test changes what a module holds: files of one worker share what they import, most of their cost otherwise.
    isolate: false,
    // One after the other, the quick ones first: what they find needn't wait for a broker.
    projects: [
      project('unit', 0),
      project('emulator', 1),
      project('contract', 1),
      project('starrocks', 1),
      project('services', 2),
      project('broker', 2, sharedBroker),
      project('e2e', 3, sharedBroker, 4),
      // Each of these runs many processes at once by itself.
      project('delivery', 4, [], 3),
      project('soak', 5, [], 1),
    ],
  },
});

/** More workers than cores: most of what runs here waits for servers. */
function project(
  name: string,
  groupOrder: number,
  globalSetup: string[] = [],
  maxWorkers = 3,
): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: { name, include: [`test/${name}/**/*.test.ts`], globalSetup, maxWorkers, sequence: { groupOrder } },
  };
}
