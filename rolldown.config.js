import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const page = 'src/control/dashboard/page';

/**
 * undici with its agent only. Its index also loads fetch, web sockets, mocks and caches, which nothing here uses and Node takes longer to read than all that
 * is. Who imports something else of it is told when this is built.
 */
const undiciAgent = {
  name: 'undici-agent',
  resolveId: { filter: { id: /^undici$/ }, handler: (id) => `\0${id}` },
  load: {
    filter: { id: /^\0undici$/ },
    handler: () => `
      import Agent from 'undici/lib/dispatcher/agent.js';
      import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
      import api from 'undici/lib/api/index.js';
      Object.assign(Dispatcher.prototype, api);
      export { Agent };`,
  },
};

/**
 * KafkaJS sets timers for moments that are over, of which Node.js 24 warns on a line of its own in every start. The moment
 * after now means the same. Who updates KafkaJS to a version without that line is told when this is built.
 */
const kafkajsTimers = {
  name: 'kafkajs-timers',
  transform: {
    filter: { id: /kafkajs\/src\/network\/requestQueue\/index\.js$/ },
    handler(code) {
      const overdue = 'let scheduleAt = this.throttledUntil - Date.now()';
      if (!code.includes(overdue)) this.error(`KafkaJS no longer has "${overdue}": take this plugin out.`);
      return {
        code: code.replace(overdue, 'let scheduleAt = Math.max(0, this.throttledUntil - Date.now())'),
        map: null,
      };
    },
  },
};

/**
 * dist/: one file for the program, one for its tasks' threads, one for what extends it, and what they share. Node takes half its start to find and read
 * some 700 small files otherwise.
 */
export default defineConfig([
  {
    input: { main: 'src/main.ts', task: 'src/control/threads/thread-main.ts', index: 'src/index.ts' },
    platform: 'node',
    // They have native parts, look for files beside their own, or are needed by few pipelines.
    external: /^(?:avsc|fastify|@fastify\/.*|fzstd|lz4-napi|mysql2|pino|prom-client|protobufjs|snappy)(?:\/|$)/,
    plugins: [undiciAgent, kafkajsTimers],
    // What only lends its types, as in `import { type Pipeline }`, is not loaded.
    treeshake: { moduleSideEffects: [{ test: /\/src\//, sideEffects: false }] },
    output: {
      dir: 'dist',
      format: 'esm',
      sourcemap: true,
      chunkFileNames: '[name].js',
      // The main thread leaves the work to the threads of tasks, and should not load what does it.
      codeSplitting: {
        groups: [
          { name: 'zod', test: /node_modules\/zod\// },
          { name: 'rxjs', test: /node_modules\/rxjs\// },
          { name: 'kafkajs', test: /node_modules\/kafkajs\// },
          { name: 'undici', test: /node_modules\/undici\// },
          { name: 'core', test: /src\/core\// },
          { name: 'streams', test: /src\/streams\// },
          // Without what reads Avro and Protobuf, which is loaded with the first such schema.
          { name: 'stages', test: /src\/(?:operators\/(?!decode\/(?:avro|protobuf)\/)|sinks\/)/ },
        ],
      },
    },
  },
  {
    // What browsers get: a script, and the files beside it as they are.
    input: { page: `${page}/main.ts` },
    platform: 'browser',
    tsconfig: `${page}/tsconfig.json`,
    output: { dir: 'dist/dashboard', format: 'esm' },
    plugins: [
      {
        name: 'files-beside-the-page',
        generateBundle() {
          for (const fileName of ['index.html', 'style.css', 'icon.svg']) {
            this.emitFile({ type: 'asset', fileName, source: readFileSync(`${page}/${fileName}`) });
          }
        },
      },
    ],
  },
]);
