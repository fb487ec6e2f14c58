import { dropout, flatten, key, reshape, sequential } from 'keepgate';
import { expect, test } from 'vitest';

/** What is left of ones [5,4,3] in passes of MC dropout over two images: [pass, image, position, channel]. */
async function kept(spatial: boolean, passes = 40): Promise<number[][][][]> {
  const model = sequential([reshape({ shape: [5, 4, 3] }), dropout({ rate: 0.4, spatial }), flatten()]);
  await model.build({ kind: 'vector', size: 60 }, key(1));
  const x = [Array<number>(60).fill(1), Array<number>(60).fill(1)];
  const found: number[][][][] = [];
  for (let pass = 0; pass < passes; pass++) {
    const predictions = await model.predictMC(x, { passes: 2, key: key(pass) });
    found.push(
      predictions.map(({ mean }) =>
        Array.from({ length: 20 }, (_, position) => mean.slice(3 * position, 3 * position + 3)),
      ),
    );
  }
  await model.dispose();
  return found;
}

test('spatial dropout drops whole channels of an image, and others of each image', async () => {
  const passes = await kept(true);
  for (const images of passes)
    for (const positions of images) for (const channels of positions) expect(channels).toEqual(positions[0]);
  const firsts = passes.map((images) => images.map(([channels]) => channels));
  expect(firsts.some(([one, other]) => JSON.stringify(one) !== JSON.stringify(other))).toBe(true);
  expect(firsts.some(([one]) => new Set(one).size > 1)).toBe(true);
});

test('without it each value of an image is dropped for itself', async () => {
  const passes = await kept(false, 3);
  for (const images of passes)
    for (const positions of images)
      expect(positions.some((channels) => JSON.stringify(channels) !== JSON.stringify(positions[0]))).toBe(true);
});

test('in evaluation it changes nothing', async () => {
  const model = sequential([reshape({ shape: [2, 2, 2] }), dropout({ rate: 0.4, spatial: true }), flatten()]);
  await model.build({ kind: 'vector', size: 8 }, key(1));
  const x = [[1, 2, 3, 4, 5, 6, 7, 8]];
  expect(await model.predict(x)).toEqual(x);
  await model.dispose();
});
