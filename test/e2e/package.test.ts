import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPacked } from '../helpers/packed.ts';
import { ROOT, runNode } from '../helpers/run-script.ts';

let folder: string;

// The package as a user gets it: packed, unpacked beside nothing but its own dependencies.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-package-'));
  await installPacked(folder);
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

test('the main entry and interop load, and a layer runs', async () => {
  const code = `
    import { key, recurrent, variational, sample } from 'keepgate';
    import { writeSafetensors } from 'keepgate/interop';
    const layer = recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 3, key: key(1) });
    const plan = sample(variational({ recurrent: 0.3 }), key(2), layer.extents(1, 2));
    const { y } = await layer.forward([[[1, 2], [3, 4]]], { plan });
    console.log(y.shape.join(), writeSafetensors({ y }).length > 0);`;
  await writeFile(join(folder, 'use.mjs'), code);
  const { stdout, stderr } = await runNode(['use.mjs'], folder);
  expect(stderr).toBe('');
  expect(stdout).toBe('1,2,3 true\n');
});

test('verify loads, and holds a layer against its claims; its entry for vitest is there', async () => {
  const code = `
    import { variational } from 'keepgate';
    import { subjectOf, verify } from 'keepgate/verify';
    const subject = subjectOf({ cell: 'rnn', scheme: variational({ input: 0.25 }) });
    console.log((await verify(subject, { runs: 3 })).passed, import.meta.resolve('keepgate/verify/vitest').slice(-10));`;
  await writeFile(join(folder, 'verify.mjs'), code);
  const { stdout, stderr } = await runNode(['verify.mjs'], folder);
  expect(stderr).toBe('');
  expect(stdout).toBe('true /vitest.js\n');
});

test('a plot without echarts, which is optional, is an error that says what to install', async () => {
  const code = `
    import { calibration, reliabilityPlot } from 'keepgate';
    await reliabilityPlot(calibration([[0.2, 0.8]], [1])).catch(({ name, message }) => console.log(name, message));`;
  await writeFile(join(folder, 'plot.mjs'), code);
  const { stdout } = await runNode(['plot.mjs'], folder);
  expect(stdout).toContain('OptionError reliabilityPlot: the package echarts 6 was expected');
});

test('the types of the main entry stand on their own', async () => {
  const code =
    "import { type Plan, none, recurrent } from 'keepgate';\nconst plan: Plan = none();\nexport const size: number = recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 2 }).hiddenSize + plan.sites.length;\n";
  await writeFile(join(folder, 'use.mts'), code);
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    '',
    '--skipLibCheck',
    'false',
  ];
  const { stdout, status } = await runNode(
    [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, 'use.mts'],
    folder,
  );
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test('the command runs', async () => {
  const { stdout, status } = await runNode(['node_modules/keepgate/dist/cli/main.js', '--version'], folder);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
