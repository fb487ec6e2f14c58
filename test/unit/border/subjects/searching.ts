import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Arguments } from './arguments.ts';

/** The functions of `keepgate/search`. */
export const SEARCHING: Arguments = {
  spaceOf: () => [
    {
      scheme: ['none', 'naive(input={i})'],
      i: { range: [0, 0.5], points: 3 },
      units: [4, 8],
      cell: { choices: ['gru'] },
    },
    { anyNames: false },
  ],
  defaultSpace: () => ['gru'],
  startingPoints: () => [{ scheme: ['none', 'naive(input={i})'], i: [0, 0.5], units: 4 }],
  bullmq: () => [{ connection: 'redis://127.0.0.1:1', prefix: 'p', store: 'store', limit: 10, onNote: () => {} }],
  local: () => [{ slots: 1, limit: 10 }],
  search: () => [{ space: {}, module: 'none.mjs', out: join(tmpdir(), 'keepgate-no-study'), trials: 1, epochs: 1 }],
};
