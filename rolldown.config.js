import { defineConfig } from 'rolldown';

/**
 * dist/: one file for the program, one for what extends it, and what both share. Node takes half its start to find and read
 * some 700 small files otherwise.
 */
export default defineConfig({
  input: { main: 'src/main.ts', index: 'src/index.ts' },
  platform: 'node',
  // They have native parts, look for files beside their own, or are needed by few pipelines.
  external: /^(?:avsc|fastify|@fastify\/.*|fzstd|lz4-napi|mysql2|pino|prom-client|protobufjs|snappy)(?:\/|$)/,
  output: { dir: 'dist', format: 'esm', sourcemap: true, chunkFileNames: '[name].js' },
});
