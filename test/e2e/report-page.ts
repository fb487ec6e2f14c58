/** A page that makes a report of a training of its own: bundled and opened by report.test.ts. */
import * as echarts from 'echarts';
import { dense, key, lstm, progressBar, report, sequential, softmaxCrossEntropy } from 'keepgate';

async function trained(): Promise<{ page: string; lines: readonly string[] }> {
  const lines: string[] = [];
  const model = sequential([lstm({ units: 3 }), dense({ units: 2 })], { engine: 'reference' });
  const history = await model.fit(
    {
      x: [
        [[1], [0]],
        [[0], [1]],
      ],
      y: [0, 1],
    },
    {
      key: key(1),
      epochs: 2,
      loss: softmaxCrossEntropy(),
      callbacks: [progressBar({ print: (line) => lines.push(line) })],
    },
  );
  const page = await report(history, { title: 'In a page', model, echarts });
  await model.dispose();
  return { page, lines };
}

Object.assign(globalThis, { result: trained() });
