import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, KeepgateError } from 'keepgate';
import { readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { readHdf5 } from '../../../../src/interop/keras/hdf5/read-hdf5.ts';
import { kerasFile, refusalOf } from '../../../helpers/golden-keras.ts';
import { ROOT } from '../../../helpers/run-script.ts';

describe('what could lead out of a file, or be much in a small one, is refused before it is read', () => {
  test.each([
    ['soft', /"again", a soft link/],
    ['external_link', /"numbers", an external link/],
    ['external_storage', /"numbers", whose numbers are in another one/],
    ['virtual', /"numbers", which shows others/],
    ['bomb', /numbers of at most \d+ bytes in a file of \d+ was expected/],
    ['stored_bomb', /at most 2147483647 numbers/],
    ['checked', /deflated or shuffled was expected, but filter 3 came/],
    ['lzf', /filter 32000 came/],
    ['cycle', /every object once was expected, but "a\/b\/again"/],
    ['twice', /every object once was expected/],
    ['reference', /"where" of another kind/],
    ['compound', /"both" of another kind/],
  ])('%s', async (name, message) => {
    expect(await refusalOf(() => readTensors(kerasFile(`hostile/${name}.h5`)))).toMatch(message);
  });

  test('what is no numbers is refused by its name, and a name may be __proto__', async () => {
    const { tensors, refused } = await readTensors(kerasFile('hostile/texts.h5'));
    expect(Object.keys(tensors).sort()).toEqual(['__proto__', 'numbers']);
    expect(Object.keys(refused).sort()).toEqual(['texts', 'whether']);
    expect(tensors.numbers?.toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });
});

const FIXTURES = readdirSync(join(ROOT, 'test/golden/keras')).filter((name) => /\.(h5|keras)$/.test(name));

test.each(FIXTURES)('a prefix of %s ends with a typed error', async (name) => {
  const bytes = kerasFile(name);
  const step = Math.max(1, Math.floor(bytes.length / 200));
  for (let end = 0; end < bytes.length; end += step) {
    const error = await readTensors(bytes.subarray(0, end)).catch((thrown: unknown) => thrown);
    expect(error, `${end} bytes`).toBeInstanceOf(KeepgateError);
  }
});

const SHARED = join(ROOT, '../shared/data/interop/made/bf.h5');

test.runIf(existsSync(SHARED))(
  'three bytes over which the C library goes round for ever are an error (skipped where ../shared has no data)',
  async () => {
    const bytes = new Uint8Array(readFileSync(SHARED));
    for (const [at, byte] of [
      [3504, 63],
      [2078, 0],
      [5937, 1],
    ] as const) {
      bytes[at] = byte;
    }
    await expect(readHdf5(bytes)).rejects.toThrow(DataError);
  },
);
