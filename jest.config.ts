/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

if (
  ![...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').includes('--experimental-vm-modules')
) {
  throw new Error('Run the tests with "npm test": they need node --experimental-vm-modules.');
}

const shared: Config = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          target: 'es2022',
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // A namespaced condition: a bare "source" breaks eventsource-parser, which `ai` pulls in.
  testEnvironmentOptions: { customExportConditions: ['@torii/source', 'node', 'node-addons'] },
};

const packages = ['engine', 'express', 'nest', 'langchain', 'openai-agents', 'vercel-ai', 'sandbox'];

const config: Config = {
  projects: [
    ...packages.map((name) => ({
      ...shared,
      displayName: name,
      rootDir: `./packages/${name}`,
      testMatch: ['<rootDir>/src/**/*.test.ts'],
    })),
    {
      ...shared,
      displayName: 'proofs',
      rootDir: './proofs',
      testMatch: ['<rootDir>/*/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/dist/'],
    },
    {
      ...shared,
      displayName: 'house',
      rootDir: '.',
      testMatch: ['<rootDir>/tests/**/*.test.ts'],
      // Copies of packages, for other versions of what they need.
      modulePathIgnorePatterns: ['<rootDir>/.torii/'],
    },
  ],
  coverageProvider: 'v8',
  collectCoverageFrom: ['packages/*/src/**/*.ts'],
  testTimeout: 30_000,
  // By default one core is left idle, which on two is half of them.
  maxWorkers: '100%',
  workerIdleMemoryLimit: '1GB',
};

export default config;
