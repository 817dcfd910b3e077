import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const page = 'src/control/dashboard/page';

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
          { name: 'stages', test: /src\/(?:operators|sinks)\// },
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
