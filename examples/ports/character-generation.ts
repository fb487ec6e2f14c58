/**
 * Text by a character model, as Keras' example `lstm_character_level_text_generation` writes it.
 *
 *     npx tsx examples/ports/character-generation.ts TEXT [EPOCHS] [UNITS]
 *
 * TEXT is a file of plain text. Nothing is downloaded.
 */
import { readFile } from 'node:fs/promises';
import {
  batchify,
  categorical,
  charTokenizer,
  dense,
  embedding,
  fold,
  key,
  lstm,
  rmsprop,
  sequential,
  softmaxCrossEntropy,
  uniform,
  Vocabulary,
} from 'keepgate';

const [path = '', epochs = '10', units = '128'] = process.argv.slice(2);
const characters = charTokenizer().tokenize((await readFile(path, 'utf8')).toLowerCase());
const vocabulary = Vocabulary.build([characters]);
const ids = vocabulary.encode(characters);
console.log(`${characters.length} characters, ${vocabulary.size} ids`);
const model = sequential([
  embedding({ vocabulary: vocabulary.size, units: 32 }),
  lstm({ units: Number(units), returnSequences: true }),
  dense({ units: vocabulary.size }),
]);

/** After 40 characters of the text, 400 of the model's own at each temperature: less of it is more of what is likely. */
async function write(epoch: number): Promise<void> {
  const start = Math.floor(uniform(fold(key(2), epoch), 1, 0, ids.length - 40)[0] as number);
  const seed = ids.slice(start, start + 40);
  const stream = await model.stream();
  for (const id of seed.slice(0, -1)) await stream.step(id);
  const begun = stream.state();
  for (const temperature of [0.2, 0.5, 1, 1.2]) {
    stream.reset(begun);
    const written = [...seed];
    for (let i = 0; i < 400; i++) {
      // Ids 0 and 1, of padding and unknown tokens, are no characters.
      const probabilities = (await stream.step(written.at(-1) as number)).fill(0, 0, 2);
      written.push(categorical(fold(fold(key(3), epoch), i), probabilities, { temperature }));
    }
    console.log(`--- temperature ${temperature}\n${vocabulary.decode(written).join('')}`);
  }
  await stream.dispose();
}

await model.fit(batchify(ids, { rows: 32 }), {
  key: key(1),
  epochs: Number(epochs),
  batchSize: 32,
  bptt: 40,
  loss: softmaxCrossEntropy(),
  optimizer: rmsprop({ learningRate: 0.01 }),
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
