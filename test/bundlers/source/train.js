import { adam, calibration, dense, embedding, key, lstm, reliabilityPlot, TextClassifier, variational } from 'keepgate';

const training = {
  texts: ['a warm film', 'warm and clever', 'a dull film', 'dull and cold'],
  labels: ['good', 'good', 'bad', 'bad'],
};

/** Train a classifier, save and load it, and have it predict; and plot, if there is echarts. */
export async function train(echarts) {
  const classifier = TextClassifier.from(training, {
    level: 'word',
    layers: ({ vocabulary, classes }) => [
      embedding({ vocabulary, units: 8 }),
      lstm({ units: 8, dropout: variational({ recurrent: 0.1 }) }),
      dense({ units: classes }),
    ],
  });
  const history = await classifier.fit(training, {
    key: key(1),
    epochs: 40,
    optimizer: adam({ learningRate: 0.02 }),
  });
  const storage = inMemory();
  await classifier.save(storage);
  const loaded = await TextClassifier.load(storage);
  const predictions = await loaded.predict(['warm', 'so dull.']);
  const found = calibration([[0.2, 0.8]], [1]);
  return {
    labels: predictions.map(({ label }) => label),
    learned: history.epochs.at(-1).training.loss < history.epochs[0].training.loss,
    plot: await reliabilityPlot(found, { echarts }).then(
      (svg) => svg.slice(0, 4),
      ({ name }) => name,
    ),
  };
}

function inMemory() {
  let kept = {};
  return {
    async write(files) {
      kept = files;
      return { warnings: [] };
    },
    read: async (names) => Object.fromEntries(names.map((name) => [name, bytesOf(kept[name])])),
  };
}

function bytesOf(data) {
  return typeof data === 'string' ? new TextEncoder().encode(data) : data;
}
