import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DataError,
  dense,
  type History,
  key,
  lstm,
  OptionError,
  type RunResult,
  readReport,
  renderReport,
  report,
  sequential,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { goldenReport } from '../../golden/write-report.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { evaluationOf, fullOptions, historyOf, plansOf, threeByThree } from '../../helpers/reports.ts';
import { ROOT } from '../../helpers/run-script.ts';

const SCHEME = variational({ input: 0.25, recurrent: 0.5 });

const texts = (page: string): string =>
  page
    .replaceAll(/<style>.*?<\/style>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

/** Says where two pages differ, and not all of both. */
function expectSame(page: string, wanted: string): void {
  const at = Array.from(page).findIndex((sign, i) => sign !== wanted[i]);
  const around = (text: string): string => (page === wanted ? '' : text.slice(Math.max(0, at - 40), at + 40));
  expect(around(page)).toBe(around(wanted));
  expect(page.length).toBe(wanted.length);
}

describe('report', () => {
  test('gives the bytes of test/golden/report.html (npx tsx test/golden/write-report.ts)', async () => {
    expectSame(await goldenReport(), readFileSync(join(ROOT, 'test/golden/report.html'), 'utf8'));
  });

  test.each([
    ['one run', () => report(historyOf(12), fullOptions(SCHEME))],
    ['schemes and seeds', () => report(threeByThree(), fullOptions(SCHEME))],
  ])('of %s has no script and asks for nothing, is small, and is the same each time', async (_, make) => {
    const page = await make();
    expectSame(await make(), page);
    expect(page.length).toBeLessThan(300_000);
    const tags = page.match(/<[a-z][^>]*>/gi) ?? [];
    const acting = /^<script|javascript:|\son\w+=|^<iframe|^<object|^<link(?! rel="icon" href="data:,")/i;
    expect(tags.filter((tag) => acting.test(tag))).toEqual([]);
    // What an attribute of a page can load, but for what is in it.
    const loads = [...page.matchAll(/\s(?:src|href|srcset|xlink:href)="([^"]{0,40})/g)].map(([, at]) => at as string);
    expect(loads.filter((at) => !/^(#|data:)/.test(at))).toEqual([]);
    expect(page).not.toMatch(/@import|url\((?!#)/);
  });

  test('each figure has a caption and its numbers, and each id stands once', async () => {
    const page = await report(historyOf(12), fullOptions(SCHEME));
    const figures = page
      .split('<figure')
      .slice(1)
      .map((part) => part.split('</figure>')[0] as string);
    expect(figures.length).toBe(2 + 2 + 3 + 2);
    for (const figure of figures) {
      expect(figure).toMatch(/<figcaption>.+<\/figcaption>/);
      expect(figure).toContain('<table>');
    }
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const inside = [...page.matchAll(/href="#([^"]+)"|url\(#([^)]+)\)/g)].map(([, a, b]) => a ?? b);
    expect(inside.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('a verdict with an interval, checks, and the numbers of the evaluation', async () => {
    const said = texts(await report(historyOf(12), fullOptions(SCHEME)));
    // 300 of 400; Wilson's interval is 70.5 to 79.0; the commonest class has 134.
    expect(said).toContain(
      '75.0% of 400 held-out texts are right (95%: 70.5 to 79.0), 41.5 points above always saying',
    );
    expect(said).toContain('it is 91.2%: a gap of 16.2 points.');
    expect(said).toContain("The validation's loss was least after epoch 9 of 12.");
    expect(said).toContain('wrong Parts : 2 texts of other parts are also in the first');
    expect(said).toContain('look Classes : The largest of 3 classes has 70 samples to learn from, the smallest 1:');
    expect(said).toContain('look Unknown tokens : 12.0% of the tokens of held out');
    expect(said).toContain('look Seeds : 1 seed:');
    expect(said).toContain('ok Better than a guess');
  });

  test('says of a run whose best epoch is the last, and of one without validation, what it knows', async () => {
    expect(texts(await report(historyOf(5)))).toContain(
      "look Best epoch : The validation's loss was least after the last of 5 epochs",
    );
    const alone = historyOf(5).epochs.map((epoch) => ({ ...epoch, validation: null }));
    const said = texts(await report({ epochs: alone, warnings: ['memory: it can explode'] }));
    expect(said).toContain('The loss in training is 0.4391 after 5 epochs; nothing was held out.');
    expect(said).toContain('look Warning : memory: it can explode');
    expect(said).not.toMatch(/NaN|undefined|Infinity|null/);
  });

  test('tells which epoch was kept, and that something was chosen on what it is scored on', async () => {
    const history = { ...historyOf(12), keptEpoch: 9 };
    const said = texts(await report(history, { evaluation: { ...evaluationOf(40), chose: true } }));
    expect(said).toContain('The model has the weights of epoch 9 of 12.');
    expect(said).toContain('look Chosen on the same : Something was chosen by the held-out texts themselves');
    expect(readReport(await report(history)).runs[0]?.scores).toEqual(historyOf(12).epochs[8]?.validation);
  });

  test('compares schemes by paired differences', async () => {
    const page = await report(threeByThree());
    const said = texts(page);
    expect(said).toMatch(/Of 3 schemes over 3 seeds, zoneout \+ weight drop has the best mean accuracy: \d+\.\d%\./);
    expect(said).toMatch(/zoneout \+ weight drop 3 \d+\.\d% [\d.]+% to [\d.]+% \+\d\.\d points/);
    expect(said).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('shows a mask that is fixed as lines, and one of each step as noise', async () => {
    const fixed = readReport(await report(historyOf(2), { plans: plansOf(SCHEME) })).masks;
    expect(fixed.map(({ site, fixed: isFixed }) => [site, isFixed])).toEqual([
      ['input', true],
      ['recurrent', true],
    ]);
    expect(fixed[1]?.pictures.map((rows) => [rows.length, rows[0]?.length])).toEqual([
      [32, 1],
      [32, 1],
      [32, 1],
    ]);
    const { masks } = readReport(
      await report(historyOf(2), { plans: plansOf([{ site: 'recurrent', rate: 0.25, scope: 'step' }]) }),
    );
    expect(masks[0]?.fixed).toBe(false);
    const plan = plansOf([{ site: 'recurrent', rate: 0.25, scope: 'step' }])[0]?.plan;
    const rows = masks[0]?.pictures[2] as readonly string[];
    for (const [unit, row] of rows.entries()) {
      const bits = Array.from(row, (_, time) => plan?.masks.recurrent?.at({ gate: 0, time, row: 2, unit }));
      expect([...row].map((digit) => (digit === '9' ? 1 : 0))).toEqual(bits);
    }
  });

  test('has the layers of a model and what they drop', async () => {
    const model = sequential([lstm({ units: 4, dropout: SCHEME }), dense({ units: 2 })]);
    await model.fit({ x: [[[1, 2, 3]]], y: [1] }, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
    const { model: layers } = readReport(await report(historyOf(2), { model }));
    expect(layers?.map(({ name, output, weights }) => [name, output, weights])).toEqual([
      ['lstm', '[B,4]', 4 * 4 * (3 + 4 + 2)],
      ['dense', '[B,2]', 10],
    ]);
    expect(layers?.[0]?.drops).toEqual([
      { site: 'input', rule: '0.25, fixed' },
      { site: 'recurrent', rule: '0.5, fixed' },
    ]);
    await model.dispose();
  });
});

describe('readReport', () => {
  test('reads a page and its JSON, and renders the same page', async () => {
    const page = await report(threeByThree(), fullOptions(SCHEME));
    const data = readReport(page);
    expectSame(await renderReport(data), page);
    expect(readReport(JSON.stringify(data))).toEqual(data);
    expect(data.runs).toHaveLength(9);
  });

  test.each([
    ['nothing', '', DataError],
    ['another page', '<!doctype html><p>hello', DataError],
    ['other JSON', '{"format":"keepgate-report-2"}', DataError],
    ['a list', '[]', DataError],
    ['a broken link', '<a href="data:application/json;base64,e30">', DataError],
    ['no text', 5 as never, DataError],
  ])('refuses %s', async (_, text, type) => {
    await expectRefusal(async () => readReport(text), type);
  });

  test('says where a damaged file is damaged', async () => {
    const data = JSON.parse(JSON.stringify(readReport(await report(historyOf(3), fullOptions(SCHEME)))));
    data.runs[0].epochs[1].training.loss = 'low';
    expect(() => readReport(JSON.stringify(data))).toThrow(
      'a number was expected as runs[0].epochs[1].training.loss, but "low" came; the file is damaged',
    );
  });
});

test.each([
  ['no history', {} as never, {}, DataError],
  ['nothing', undefined as never, {}, DataError],
  ['no runs', [], {}, DataError],
  ['runs without a seed', [{ scheme: 'a', history: historyOf(1) }] as never, {}, DataError],
  ['another option', historyOf(1), { titel: 'x' } as never, OptionError],
  [
    'too few classes',
    historyOf(1),
    { evaluation: { classes: ['a'], probabilities: [[0.5, 0.5]], labels: [0] } },
    DataError,
  ],
  [
    'too few texts',
    historyOf(1),
    { evaluation: { classes: ['a', 'b'], probabilities: [[0.5, 0.5]], labels: [0], texts: [] } },
    DataError,
  ],
  ['labels that are numbers', historyOf(1), { data: { parts: { training: { labels: [1] as never } } } }, DataError],
  [
    'probabilities that are none',
    historyOf(1),
    { evaluation: { classes: ['a', 'b'], probabilities: [[0.5, Number.NaN]], labels: [0] } },
    DataError,
  ],
  [
    'a label of no class',
    historyOf(1),
    { evaluation: { classes: ['a', 'b'], probabilities: [[0.5, 0.5]], labels: [2] } },
    DataError,
  ],
  ['plans that are none', historyOf(1), { plans: [{}] as never }, DataError],
  ['a model that is none', historyOf(1), { model: {} as never }, DataError],
  ['times that are none', historyOf(1), { stepSeconds: ['1 s'] as never }, OptionError],
])('report refuses %s, and nobody else does', async (_, runs, options, type) => {
  await expectRefusal(() => report(runs, options), type, 'report: ');
});

test('every figure hands out its numbers as CSV, in full', async () => {
  const runs = threeByThree();
  const classes = ['a, "b"', 'c\nd'];
  const evaluation = {
    classes,
    probabilities: [
      [0.9, 0.1],
      [0.2, 0.8],
      [0.7, 0.3],
    ],
    labels: [0, 1, 1],
  };
  const found = async (of: History | RunResult[], options = {}) => {
    const page = await report(of, options);
    const links = page.matchAll(/download="([^"]*)\.csv" href="data:text\/csv;charset=utf-8;base64,([^"]*)"/g);
    return Object.fromEntries(
      Array.from(links, ([, name, data]) => [name, Buffer.from(`${data}`, 'base64').toString()]),
    );
  };
  const one = await found(historyOf(3), { evaluation, stepSeconds: [0.5, 0.25, Number.NaN] });
  expect(Object.keys(one)).toEqual([
    'loss',
    'accuracy',
    'learning-rate',
    'gradient-norm',
    'time-of-a-step',
    'dropout-rate',
    'confusion-matrix',
    'reliability',
  ]);
  expect(one.loss).toBe('epoch,training,validation\r\n1,1,0.95\r\n2,0.81,0.85\r\n3,0.658,0.775\r\n');
  expect(one['learning-rate']).toBe('epoch,learning rate\r\n1,0.01\r\n2,0.009\r\n3,0.0081\r\n');
  expect(one['time-of-a-step']).toBe('epoch,ms a step\r\n1,500\r\n2,250\r\n3,\r\n');
  // The rate that stays the same is not drawn.
  expect(one['dropout-rate']).toBe('epoch,1.input_l0\r\n1,0\r\n2,0.02\r\n3,0.04\r\n');
  expect(one['confusion-matrix']).toBe('label,"a, ""b""","c\nd"\r\n"a, ""b""",1,0\r\n"c\nd",1,1\r\n');
  const many = await found(runs);
  expect(Object.keys(many)).toEqual(['comparison', 'loss', 'accuracy']);
  expect(many.comparison?.split('\r\n').slice(0, 2)).toEqual([
    'scheme,seed,accuracy,accuracy on what it learned from',
    `no dropout,1,${Number((runs[0]?.history.epochs.at(-1)?.validation?.accuracy ?? 0).toPrecision(7))},0.97`,
  ]);
  expect(many.loss?.split('\r\n')).toHaveLength(2 + 9 * 12);
});

test('a page of an earlier version, which knew nothing of updates, is read', () => {
  const [epoch] = historyOf(1).epochs.map(({ updates: _, ...rest }) => rest);
  const run = { scheme: '', seed: null, epochs: [epoch], keptEpoch: null, warnings: [], scores: null, training: null };
  const origin = { command: null, code: null, facts: {} };
  const old = {
    format: 'keepgate-report-1',
    title: 'Old',
    runs: [run],
    origin,
    data: null,
    model: null,
    masks: [],
    evaluation: null,
  };
  expect(readReport(JSON.stringify(old)).runs[0]?.epochs[0]?.updates).toBe(null);
});

test('names of any length stay short in the page', async () => {
  const classes = ['good', 'bad'].map((name) => `${name} ${'and so on '.repeat(50)}${name}`);
  const evaluation = {
    classes,
    probabilities: [
      [0.9, 0.1],
      [0.6, 0.4],
    ],
    labels: [0, 1],
  };
  const page = await report(historyOf(1), { evaluation });
  const shown = page.replaceAll(/base64,[^"]*/g, '');
  for (const name of classes) expect(shown).toContain(`<bdi>${name.slice(0, 40)} … ${name.slice(-18)}</bdi>`);
  expect(Math.max(...Array.from(shown.matchAll(/<bdi>[^<]*/g), ([one]) => one.length))).toBeLessThan(80);
});
