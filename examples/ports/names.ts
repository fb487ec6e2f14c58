/**
 * Which language a surname is of, by a character RNN, as PyTorch's tutorial `char_rnn_classification` tells it.
 *
 *     npx tsx examples/ports/names.ts PATH [EPOCHS]
 *
 * PATH is a folder with a file of names for each language. Nothing is downloaded.
 */
import {
  adam,
  confusionMatrix,
  dense,
  embedding,
  formatTable,
  key,
  percent,
  progressBar,
  readFolder,
  rnn,
  split,
  TextClassifier,
} from 'keepgate';

const [path = '', epochs = '5'] = process.argv.slice(2);
const toAscii = (name: string): string => name.normalize('NFD').replace(/\p{Mn}/gu, '');
const { texts, labels } = await readFolder(path);
const { train, test } = split({ texts: texts.map(toAscii), labels }, 0.2, key(0));
const classifier = TextClassifier.from(train, {
  level: 'char',
  layers: ({ vocabulary, classes }) => [
    embedding({ vocabulary, units: 64 }),
    rnn({ units: 128 }),
    dense({ units: classes }),
  ],
});
const { classes } = classifier;
await classifier.fit(train, {
  key: key(1),
  epochs: Number(epochs),
  sampling: 'balanced',
  optimizer: adam({ learningRate: 0.001 }),
  clipNorm: 5,
  metrics: ['accuracy', 'top-3'],
  validation: test,
  callbacks: [progressBar()],
});

const guesses = await classifier.predict(test.texts);
const numberOf = (label: string): number => classes.indexOf(label);
const confusion = confusionMatrix(
  guesses.map(({ label }) => numberOf(label)),
  test.labels.map(numberOf),
  classes.length,
);
const rows = confusion.map((row, language) => {
  const names = row.reduce((a, b) => a + b);
  return [classes[language] as string, ...row.map((count) => percent(count / names))];
});
console.log(`\nnames of each language, and what they are taken for:\n${formatTable([['', ...classes], ...rows])}`);

const asked = ['Dovesky', 'Jackson', 'Satoshi'];
for (const [i, { probabilities }] of (await classifier.predict(asked)).entries()) {
  const likeliest = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
  console.log(`\n> ${asked[i]}`);
  for (const [language, probability] of likeliest.slice(0, 3)) console.log(`${percent(probability)} ${language}`);
}
await classifier.model.dispose();
