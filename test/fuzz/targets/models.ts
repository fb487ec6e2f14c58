import {
  createEngine,
  dense,
  dropout,
  embedding,
  key,
  lstm,
  modelFromFiles,
  TextClassifier,
  variational,
  zoneout,
} from 'keepgate';
import { damaged, damagedJson } from '../damage.ts';
import type { Random } from '../random.ts';
import { outcomeOf, type Target } from '../target.ts';

const PIECES = ['{', '}', ',', '"', '0', '-', 'null'].map((text) => new TextEncoder().encode(text));

/** The files of a saved classifier: what can be loaded can predict. */
export const models: Target = {
  name: 'models',
  share: 0.35,
  async open() {
    const engine = await createEngine('reference');
    const files = await savedFiles();
    const names = Object.keys(files);
    return {
      tryOne: (random) =>
        outcomeOf(async () => {
          const name = random.one(names);
          const broken = { ...files, [name]: brokenFile(name, files[name] as Uint8Array, random) };
          if (random.once(4)) {
            const model = await modelFromFiles(broken, { engine });
            await model.dispose();
            return;
          }
          const classifier = await TextClassifier.fromFiles(broken, { engine });
          try {
            await classifier.predict(['a warm film']);
          } finally {
            await classifier.model.dispose();
          }
        }),
      close: () => engine.dispose(),
    };
  },
};

async function savedFiles(): Promise<Record<string, Uint8Array>> {
  const texts = ['a warm film', 'warm and clever', 'a dull film', 'dull and cold'];
  const classifier = TextClassifier.from(
    { texts, labels: ['good', 'good', 'bad', 'bad'] },
    {
      level: 'word',
      minCount: 1,
      engine: 'reference',
      layers: ({ vocabulary, classes }) => [
        embedding({ vocabulary, units: 3 }),
        lstm({ units: 2, dropout: [...variational({ recurrent: 0.25 }), ...zoneout({ hidden: 0.1 })] }),
        dropout({ rate: 0.25 }),
        dense({ units: classes }),
      ],
    },
  );
  await classifier.fit({ texts, labels: ['good', 'good', 'bad', 'bad'] }, { key: key(1), epochs: 1 });
  const files = await classifier.toFiles();
  await classifier.model.dispose();
  return Object.fromEntries(
    Object.entries(files).map(([name, data]) => [
      name,
      typeof data === 'string' ? new TextEncoder().encode(data) : data,
    ]),
  );
}

function brokenFile(name: string, bytes: Uint8Array, random: Random): Uint8Array {
  if (!name.endsWith('.json') || random.once(4)) return damaged(bytes, PIECES, random);
  return new TextEncoder().encode(damagedJson(new TextDecoder().decode(bytes), random));
}
