/** Prints what twelve engines by default are, and twelve models that name none, on the host that runs this. */
import { createEngine, dense, key, meanSquaredError, sequential } from 'keepgate';

const models = Array.from({ length: 12 }, () => sequential([dense({ units: 1 })]));
let warnings: readonly string[] = [];
for (const model of models) {
  const options = { key: key(1), epochs: 1, loss: meanSquaredError() };
  ({ warnings } = await model.fit({ x: [[1], [2]], y: [[1], [2]] }, options));
}
const engines = [];
for (let i = 0; i < 12; i++) engines.push(await createEngine());
console.log(
  JSON.stringify({
    ofModels: [...new Set(models.map(({ engine }) => engine))],
    ofFit: warnings,
    simd: engines.filter(({ name }) => name === 'simd').length,
    last: engines.at(-1)?.describe(),
    ofLast: engines.at(-1)?.warnings,
  }),
);
