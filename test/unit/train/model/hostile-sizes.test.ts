import {
  bidirectional,
  dense,
  embedding,
  key,
  loadModel,
  lstm,
  KeepgateError,
  OptionError,
  recurrent,
  sequential,
  type Storage,
} from 'keepgate';
import { expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

/** A saved model whose description was changed by hand. */
async function changed(change: (description: string) => string): Promise<Storage> {
  const model = sequential([
    embedding({ vocabulary: 31, units: 7 }),
    bidirectional(lstm({ units: 5, layers: 2 })),
    dense({ units: 3 }),
  ]);
  await model.build({ kind: 'tokens', vocabulary: 31 }, key(1));
  const { 'model.json': description, ...files } = await model.toFiles();
  await model.dispose();
  const bytes = (content: string | Uint8Array): Uint8Array =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const all = { ...files, 'model.json': change(description as string) };
  return {
    write: async () => ({ warnings: [] }),
    read: async () => Object.fromEntries(Object.entries(all).map(([name, content]) => [name, bytes(content)])),
  };
}

const replaced = (from: RegExp, to: string) => (text: string) => {
  expect(text).toMatch(from);
  return text.replaceAll(from, to);
};

const DEPTH = 50_000;

// Work in proportion to these numbers would end the process.
const hostile: readonly (readonly [string, (text: string) => string])[] = [
  ['ten million layers', replaced(/"layers": 2/g, '"layers": 10000000')],
  ['2^53 - 1 layers', replaced(/"layers": 2/g, `"layers": ${Number.MAX_SAFE_INTEGER}`)],
  ['a thousand layers', replaced(/"layers": 2/g, '"layers": 1000')],
  ['a thousand million units', replaced(/"units": 5/g, '"units": 1000000000')],
  ['2^53 - 1 units', replaced(/"units": 3/g, `"units": ${Number.MAX_SAFE_INTEGER}`)],
  ['a vocabulary of 10^15', replaced(/"vocabulary": 31/g, '"vocabulary": 1000000000000000')],
  [
    'layers inside of each other',
    replaced(
      /"layers": \[[\s\S]*\]/g,
      `"layers": [${'{"type":"bidirectional","layer":'.repeat(DEPTH)}{}${'}'.repeat(DEPTH)}]`,
    ),
  ],
];

test.each(hostile)('a saved model with %s is refused at once', async (_, change) => {
  await expectRefusal(async () => loadModel(await changed(change)), KeepgateError);
});

test('no layer is made of more layers than can be', async () => {
  for (const layers of [1001, 1e7, 2 ** 60]) {
    await expectRefusal(() => lstm({ units: 1, layers }), OptionError, 'lstm: ', 'layers', `${layers} came`);
    const options = { cell: 'gru', inputSize: 1, hiddenSize: 1, layers } as const;
    await expectRefusal(() => recurrent(options), OptionError, 'recurrent: ', 'layers', `${layers} came`);
  }
});
