/**
 * Text by a character model, as Keras' example `lstm_character_level_text_generation` writes it.
 *
 *     npx tsx examples/character-generation/main.ts TEXT [EPOCHS] [UNITS]
 *
 * TEXT is a file of plain text. Nothing is downloaded.
 */
import { readFile } from 'node:fs/promises';
import {
  adam,
  batchify,
  charTokenizer,
  dense,
  embedding,
  fold,
  key,
  lstm,
  sequential,
  softmaxCrossEntropy,
  uniform,
  Vocabulary,
} from 'keepgate';

const [path = '', epochs = '10', units = '128'] = process.argv.slice(2);
const characters = charTokenizer().tokenize(await readFile(path, 'utf8'));
const vocabulary = Vocabulary.build([characters]);
const model = sequential([
  embedding({ vocabulary: vocabulary.size, units: 32 }),
  lstm({ units: Number(units), returnSequences: true }),
  dense({ units: vocabulary.size }),
]);

/** Of each temperature 200 characters: less of it is more of what is likely. */
async function write(epoch: number): Promise<void> {
  const stream = await model.stream();
  for (const temperature of [0.2, 0.5, 1, 1.2]) {
    stream.reset();
    const ids = vocabulary.encode(['\n']);
    for (let i = 0; i < 200; i++) {
      const weights = (await stream.step(ids.at(-1) as number)).map((p) => p ** (1 / temperature));
      const total = weights.reduce((a, b) => a + b);
      let left = total * (uniform(fold(key(epoch), i), 1)[0] as number);
      ids.push(
        weights.findIndex((weight) => {
          left -= weight;
          return left < 0;
        }),
      );
    }
    console.log(`--- temperature ${temperature}\n${vocabulary.decode(ids).join('')}`);
  }
  await stream.dispose();
}

await model.fit(batchify(vocabulary.encode(characters), { rows: 32 }), {
  key: key(1),
  epochs: Number(epochs),
  batchSize: 32,
  bptt: 40,
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.005 }),
  callbacks: [
    {
      onEpoch: async ({ epoch, training }) => {
        console.log(`\nepoch ${epoch}: loss ${training.loss.toFixed(3)}`);
        await write(epoch);
      },
    },
  ],
});
await model.dispose();
