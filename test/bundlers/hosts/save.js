import { adam, dense, embedding, key, lstm, TextClassifier } from 'keepgate';
import { data } from './data.js';

const classifier = TextClassifier.from(data, {
  level: 'word',
  layers: ({ vocabulary, classes }) => [
    embedding({ vocabulary, units: 8 }),
    lstm({ units: 8 }),
    dense({ units: classes }),
  ],
});
await classifier.fit(data, { key: key(1), epochs: 60, optimizer: adam({ learningRate: 0.05 }) });
await classifier.save('model');
