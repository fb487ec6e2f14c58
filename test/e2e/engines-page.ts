import { dense, key, meanSquaredError, sequential } from 'keepgate';

declare global {
  /** Train so many models that name no engine, and keep them: what they run on, and what the last of them says of it. */
  var trainMany: (
    count: number,
  ) => Promise<{ readonly engines: (string | null)[]; readonly warnings: readonly string[] }>;
}

globalThis.trainMany = async (count) => {
  const models = Array.from({ length: count }, () => sequential([dense({ units: 1 })]));
  let warnings: readonly string[] = [];
  for (const model of models) {
    const options = { key: key(1), epochs: 1, loss: meanSquaredError() };
    ({ warnings } = await model.fit({ x: [[1], [2]], y: [[1], [2]] }, options));
  }
  return { engines: [...new Set(models.map(({ engine }) => engine))], warnings };
};
