// The layers of ARCHITECTURE.md as rules: imports only point down, and only at public entry points.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const levels = [
  ['kernel'],
  ['contracts'],
  ['resilience', 'rate-limit', 'config', 'telemetry', 'health', 'postgres', 'discovery', 'sealing', 'codec', 'http1'],
  ['rpc', 'idempotency', 'leases', 'messaging'],
  ['saga'],
  ['service'],
];
// The command starts fleets, so it stands above what the fleet is made of.
const platformLevels = [['registry', 'gateway'], ['controller'], ['cli']];

const tests = '(\\.test\\.ts$|/test/|/src/testing/|^packages/testing/|^tools/|^test/|^vitest\\.config\\.ts$)';

const folderOf = (name) => (name === 'contracts' ? '^contracts/' : `^packages/${name}/`);
const anyOf = (names) => names.map((name) => folderOf(name)).join('|');
const unique = (list) => [...new Set(list)];

function workspaces() {
  const inArea = (area) =>
    existsSync(join(__dirname, area)) ? readdirSync(join(__dirname, area)).map((name) => `${area}/${name}`) : [];
  return ['contracts', ...['packages', 'platform', 'shop'].flatMap(inArea)].filter((folder) =>
    existsSync(join(__dirname, folder, 'package.json')),
  );
}

// What `exports` names, as patterns of paths from the root.
function publicEntries(folder) {
  const manifest = JSON.parse(readFileSync(join(__dirname, folder, 'package.json'), 'utf8'));
  return Object.values(manifest.exports ?? {}).map(
    (target) => `^${join(folder, target).replaceAll('.', '\\.').replaceAll('*', '.+')}$`,
  );
}

const listed = levels.flat();
for (const folder of workspaces().filter((name) => name.startsWith('packages/'))) {
  const name = folder.slice('packages/'.length);
  // biome-ignore lint: a plain error, this file is configuration
  if (name !== 'testing' && !listed.includes(name))
    throw new TypeError(`${folder} has no level in .dependency-cruiser.cjs`);
}

const levelRules = levels.flatMap((names, level) =>
  names.map((name) => ({
    name: `level-${level}-${name}`,
    comment: `${name} stands at level ${level}: it imports lower levels only, never a sibling of its level`,
    severity: 'error',
    from: { path: folderOf(name) },
    to: {
      path:
        anyOf(
          levels
            .slice(level)
            .flat()
            .filter((other) => other !== name),
        ) || '^nothing$',
    },
  })),
);

const platformRules = platformLevels.flatMap((names, level) =>
  names.map((name) => ({
    name: `platform-${name}`,
    comment: `platform/${name} imports packages and, of the platform, only what stands below it`,
    severity: 'error',
    from: { path: `^platform/${name}/` },
    to: {
      path:
        platformLevels
          .slice(level)
          .flat()
          .filter((other) => other !== name)
          .map((other) => `^platform/${other}/`)
          .join('|') || '^nothing$',
    },
  })),
);

module.exports = {
  forbidden: [
    ...levelRules,
    ...platformRules,
    {
      name: 'no-cycles',
      comment: 'A cycle means that two modules are one; types count too',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'public-entry-points',
      comment: 'Another workspace is used through its `exports`, never by a path into it',
      severity: 'error',
      from: { path: '^(packages|platform|shop)/([^/]+)/' },
      to: {
        path: '^(packages|platform|shop|contracts)/',
        pathNot: ['^$1/$2/', ...unique(workspaces().flatMap(publicEntries))],
      },
    },
    {
      name: 'packages-know-no-deployable',
      comment: 'Packages never import platform, shop or tools',
      severity: 'error',
      from: { path: '^(packages|contracts)/' },
      to: { path: '^(platform|shop|tools|test|bench)/' },
    },
    {
      name: 'shop-sees-packages-only',
      comment: 'The shop is a user of the platform: packages of levels 0 to 5 and contracts',
      severity: 'error',
      from: { path: '^shop/', pathNot: '^shop/e2e/' },
      to: { path: '^(platform|tools|bench)/' },
    },
    {
      name: 'services-never-import-each-other',
      comment: 'Services talk through contracts',
      severity: 'error',
      from: { path: '^shop/([^/]+)/', pathNot: '^shop/e2e/' },
      to: { path: '^shop/', pathNot: '^shop/$1/' },
    },
    {
      name: 'platform-knows-no-shop',
      comment: 'The platform runs any fleet; what is in it stands in fleet.yaml',
      severity: 'error',
      from: { path: '^platform/' },
      to: { path: '^(shop|tools|bench)/' },
    },
    {
      name: 'domain-is-pure',
      comment:
        'Business rules import the kernel, their reasons and each other; everything else comes in as an argument',
      severity: 'error',
      from: { path: '^shop/([^/]+)/src/domain/', pathNot: tests },
      to: {
        pathNot: [
          '^shop/$1/src/domain/',
          '^shop/$1/src/errors\\.ts$',
          '^packages/kernel/',
          '^contracts/gen/',
          '^packages/contracts/',
        ],
      },
    },
    {
      name: 'domain-takes-only-types-from-contracts',
      comment: 'Business rules may name the types of the contracts, not run their code',
      severity: 'error',
      from: { path: '^shop/([^/]+)/src/domain/', pathNot: tests },
      to: { path: '^contracts/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'kernel-does-no-io',
      comment: 'The kernel has no I/O and no dependencies; its context alone uses node:async_hooks',
      severity: 'error',
      from: { path: '^packages/kernel/src/', pathNot: tests },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional'], pathNot: '^(node:)?async_hooks$' },
    },
    {
      name: 'testing-from-tests-only',
      comment: 'What exists for tests never runs in production',
      severity: 'error',
      from: { pathNot: tests },
      to: { path: '(^packages/testing/|/src/testing/|\\.test\\.ts$)' },
    },
    {
      name: 'no-test-runner-in-product-code',
      comment: 'Product code does not know the test runner',
      severity: 'error',
      from: { path: '^(packages|platform|shop|contracts)/', pathNot: tests },
      to: { path: 'node_modules/(vitest|fast-check)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage|\\.mainstay)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: join(__dirname, 'tsconfig.json') },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts', '.json'],
    },
    skipAnalysisNotInRules: false,
  },
};
