// The direction of imports, as the architecture page draws it: core knows nobody, the four layers know only core,
// pipeline.ts wires them, the command line sits on top.
/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^src/core' },
      to: { path: '^src/(?!core/)' },
    },
    {
      name: 'layers-import-only-core',
      severity: 'error',
      from: { path: '^src/(operators|sinks|streams|config)/' },
      to: { path: '^src/(?!core/)', pathNot: '^src/$1/' },
    },
    {
      name: 'one-importer-of-the-kafka-client',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/streams/kafka/' },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'product-does-not-import-tools',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '^(emulator|services|benchmarks|scripts|test|examples)/' },
    },
    {
      name: 'emulator-stands-alone',
      severity: 'error',
      from: { path: '^emulator' },
      to: { path: '^(src|services|benchmarks|scripts|test|examples)/' },
    },
    {
      name: 'services-stand-alone',
      severity: 'error',
      from: { path: '^services' },
      to: { path: '^(src|emulator|benchmarks|scripts|test|examples)/' },
    },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    // The examples import what is compiled, as a user's operators do.
    doNotFollow: { path: ['node_modules', '^dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
