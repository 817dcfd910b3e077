// node run-typescript.js FILE ARGS…: runs a TypeScript module in a process of its own, as node 20 cannot,
// from its source and not from whatever was compiled last.
import { resolve } from 'node:path';
import { createViteServer } from 'vitest/node';

const [file] = process.argv.splice(2, 1);
const vite = await createViteServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
try {
  await vite.ssrLoadModule(resolve(file));
} finally {
  await vite.close();
}
