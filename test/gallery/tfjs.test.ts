import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/verify/report.ts';
import { ROOT, runScript } from '../helpers/run-script.ts';

const EXAMPLE = 'examples/verify-tfjs';

// TensorFlow.js is no dependency: npm ci in the example's folder installs it.
describe.skipIf(!existsSync(join(ROOT, EXAMPLE, 'node_modules')))('TensorFlow.js under the verifier', () => {
  test('has a right LSTM and simple RNN, a GRU that carries what is masked, and a cell that keeps its mask', async () => {
    const { status, stdout } = await runScript('src/cli/main.ts', ['verify', `${EXAMPLE}/subjects.mjs`, '--json']);
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Report);
    const failed = reports.map(({ subject, properties }) => [
      subject.replace(/ of TensorFlow.js.*/, ''),
      properties.filter(({ passed }) => !passed).map(({ name }) => name),
    ]);
    expect(failed.slice(0, 3)).toEqual([
      ['tf.layers.lstm', []],
      ['tf.layers.gru', ['carry-is-clean']],
      ['tf.layers.simpleRNN', []],
    ]);
    expect(failed[3]?.[1]).toContain('calls-leave-no-trace');
    expect(status).toBe(1);
  });
});
