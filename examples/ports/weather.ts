/**
 * The temperature twelve hours ahead, as Keras' example `timeseries_weather_forecasting`: an LSTM over five days, an hour a step.
 *
 *     npx tsx examples/ports/weather.ts TABLE [EPOCHS] [DIR]
 *
 * TABLE is jena_climate_2009_2016.csv (Max Planck Institute for Biogeochemistry), with a row each ten minutes. The best model
 * and a report with the curves are written to DIR, a new folder. Nothing is downloaded.
 */
import { readFile, writeFile } from 'node:fs/promises';
import {
  adam,
  checkpoint,
  dense,
  earlyStopping,
  formatTable,
  key,
  lstm,
  meanSquaredError,
  progressBar,
  report,
  sequential,
  timeseries,
} from 'keepgate';

const [path = '', epochs = '10', dir = 'weather'] = process.argv.slice(2);
const COLUMNS = ['p (mbar)', 'T (degC)', 'VPmax (mbar)', 'VPdef (mbar)', 'sh (g/kg)', 'rho (g/m**3)', 'wv (m/s)'];
const TEMPERATURE = 1;
const HOUR = 6;

const [header = '', ...lines] = (await readFile(path, 'utf8')).trim().split(/\r?\n/);
const names = header.split(',').map((name) => name.replaceAll('"', ''));
const places = COLUMNS.map((name) => names.indexOf(name));
const measured = lines.map((line) => {
  const cells = line.split(',');
  return places.map((place) => Number(cells[place]));
});
const trainingRows = Math.floor(0.715 * measured.length);

/** Mean and standard deviation of a column, of the training rows alone. */
function scaleOf(column: number): { readonly mean: number; readonly deviation: number } {
  const values = measured.slice(0, trainingRows).map((row) => row[column] as number);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

const scales = COLUMNS.map((_, column) => scaleOf(column));
const rows = measured.map((row) =>
  scales.map(({ mean, deviation }, column) => ((row[column] as number) - mean) / deviation),
);

const windows = { length: 120, every: HOUR, delay: 12 * HOUR, target: TEMPERATURE };
const train = timeseries(rows.slice(0, trainingRows), windows);
const validation = timeseries(rows.slice(trainingRows), windows);
console.log(`${train.x.length} windows to train on, ${validation.x.length} to validate`);

const model = sequential([lstm({ units: 32 }), dense({ units: 1 })]);
const history = await model.fit(train, {
  key: key(1),
  epochs: Number(epochs),
  batchSize: 256,
  loss: meanSquaredError(),
  optimizer: adam({ learningRate: 0.001 }),
  validation,
  callbacks: [progressBar(), earlyStopping({ patience: 5 }), checkpoint({ dir: `${dir}/checkpoints` })],
});
await model.save(`${dir}/model`);
await writeFile(`${dir}/report.html`, await report(history, { title: 'Weather', model }));
console.log(model.summary());

const { mean, deviation } = scaleOf(TEMPERATURE);
const degrees = (value = Number.NaN): string => (mean + deviation * value).toFixed(1);
const gap = Math.ceil(validation.x.length / 5);
const [x, y] = [validation.x.filter((_, i) => i % gap === 0), validation.y.filter((_, i) => i % gap === 0)];
const forecast = await model.predict<number[][]>(x);
const compared = x.map((window, i) =>
  [window.at(windows.length - 1, TEMPERATURE), y[i]?.[0], forecast[i]?.[0]].map(degrees),
);
console.log(formatTable([['°C then', '12 hours later', 'forecast'], ...compared]));
await model.dispose();
