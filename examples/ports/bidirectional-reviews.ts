/**
 * Two bidirectional LSTMs on reviews, as Keras' example `bidirectional_lstm_imdb`.
 *
 *     npx tsx examples/ports/bidirectional-reviews.ts PATH
 *
 * PATH is a folder with a folder or a file for each class, such as IMDb's reviews. Nothing is downloaded.
 */
import { bidirectional, dense, embedding, key, lstm, progressBar, readFolder, split, TextClassifier } from 'keepgate';

const { train, test } = split(await readFolder(process.argv[2] ?? ''), 0.2, key(0));
console.log(`${train.texts.length} reviews to train on, ${test.texts.length} to validate`);
const classifier = TextClassifier.from(train, {
  level: 'word',
  vocabularySize: 20_000,
  maxLength: 200,
  layers: ({ vocabulary, classes }) => [
    embedding({ vocabulary, units: 128 }),
    bidirectional(lstm({ units: 64, returnSequences: true })),
    bidirectional(lstm({ units: 64 })),
    dense({ units: classes }),
  ],
});
await classifier.fit(train, { key: key(1), epochs: 2, batchSize: 32, validation: test, callbacks: [progressBar()] });
console.log(classifier.model.summary());
await classifier.model.dispose();
