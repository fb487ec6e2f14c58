import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as keepgate from 'keepgate';
import { writeSafetensors } from 'keepgate/interop';
import { subjectOf } from 'keepgate/verify';
import { goldenOnnx } from '../../../helpers/golden-onnx.ts';
import { type Arguments, type Kind, kind } from './arguments.ts';
import { filesIn, memory } from './training.ts';

const { dense, embedding, key, pooling, TextClassifier, Vocabulary, variational, wordTokenizer } = keepgate;

const folder = mkdtempSync(join(tmpdir(), 'keepgate-border-'));
const table = join(folder, 'table.csv');
writeFileSync(table, 'text,label\na b,x\nc d,y\n');
for (const name of ['x.txt', 'y.txt']) writeFileSync(join(folder, name), 'a b\nc d\n');

const TEXTS = () => ({ texts: ['a b', 'c d', 'a c', 'b d'], labels: ['x', 'y', 'x', 'y'] });
const classifierOptions = () => ({
  level: 'word' as const,
  lowercase: true,
  maxLength: 5,
  vocabularySize: 9,
  minCount: 1,
  engine: 'reference' as const,
  layers: ({ vocabulary, classes }: keepgate.TextSizes) => [
    embedding({ vocabulary, units: 2 }),
    pooling({ over: 'mean' as const }),
    dense({ units: classes }),
  ],
});
const reports = () => [
  {
    subject: 's',
    passed: true,
    properties: [{ name: 'p', passed: true, detail: 'd' }],
    claims: [],
    observed: [],
    seed: 1,
  },
];

const HISTORY = () => ({ epochs: [{ epoch: 1, training: { loss: 1 }, validation: { loss: 2 } }], warnings: ['w'] });
/** Draws nothing: the walk is about what is handed in. */
const noCharts = {
  init: () => ({ setOption: () => undefined, renderToSVGString: () => '<svg></svg>', dispose: () => undefined }),
};
const extents = () => ({ batch: 1, time: 2, inputSize: 1, hiddenSize: 2, gates: 1 });
const reportOptions = () => ({
  title: 't',
  training: { loss: 1 },
  evaluation: {
    of: 'texts',
    chose: false,
    classes: ['a', 'b'],
    probabilities: [[0.2, 0.8]],
    labels: [1],
    texts: ['x'],
  },
  data: { parts: { training: { labels: ['a'], texts: ['x'], lengths: [1], unknown: 0 } }, overlap: 0, facts: { a: 1 } },
  model: { layers: [dense({ units: 2 })], input: null },
  plans: [
    {
      layer: 0,
      label: 'l0',
      plan: keepgate.sample(variational({ recurrent: 0.5 }), key(1), extents()),
      extents: extents(),
    },
  ],
  origin: { command: 'c', code: 'd', facts: { a: 'b' } },
  echarts: noCharts,
});
const page = await keepgate.report(HISTORY(), reportOptions());

const classifierFiles = await (await aClassifier()).toFiles();

/** Texts, files, reports and the verifier. */
export const TEXTS_AND_FILES: Arguments = {
  'TextClassifier.from': () => [TEXTS(), classifierOptions()],
  'TextClassifier.load': () => [filesIn(classifierFiles), { engine: 'reference' }],
  'TextClassifier.fromFiles': () => [{ ...classifierFiles }, { engine: 'reference' }],
  listSafetensors: () => [writeSafetensors({ a: keepgate.tensor([1, 2]) })],
  lengthBuckets: () => [[3, 1, 2], 2, { ...key(1) }],
  tokenDeletion: () => [{ rate: 0.1 }],
  tokenSwap: () => [{ rate: 0.1 }],
  unigramNoising: () => [{ rate: 0.1, texts: [[1, 2]] }],
  bigramNoising: () => [{ rate: 0.1, texts: [[1, 2]] }],
  batchify: () => [[3, 1, 4, 1, 5], { rows: 2 }],
  timeseries: () => [[[1], [2], [3]], { length: 2, delay: 1, every: 1, stride: 1, target: 0 }],
  classesOf: () => [TEXTS()],
  deduplicate: () => [TEXTS()],
  split: () => [TEXTS(), 0.5, { ...key(1) }],
  padTokens: () => [[[1, 2], [3]], 4],
  readFolder: () => [folder],
  readLabelled: () => [table, { text: 'text', label: 'label', header: true, delimiter: ',' }],
  streamLabelled: () => [table, { text: 'text', label: 'label', header: true, delimiter: ',' }],
  readTable: () => [table, { text: 'text', label: 'label', header: true, delimiter: ',' }],
  charTokenizer: () => [{ lowercase: true }],
  tokenizer: () => ['word', { lowercase: true }],
  wordTokenizer: () => [{ lowercase: true }],
  readVectors: () => [
    new TextEncoder().encode('a 0.5 1\n'),
    { vocabulary: Vocabulary.build([['a']]), key: { ...key(1) }, signal: { aborted: false } },
  ],
  ngramTokenizer: () => [{ words: [1, 2], characters: [2, 3], lowercase: true }],
  bpeTokenizer: () => [{ merges: ['a b'], alphabet: 'characters', lowercase: true }],
  trainBpe: () => [
    ['a b', 'ab ab'],
    { size: 5, alphabet: 'bytes', lowercase: true, minCount: 1, signal: { aborted: false } },
  ],
  huggingFaceTokenizer: () => [{ model: { type: 'WordPiece', vocab: { a: 0, '[UNK]': 1 }, unk_token: '[UNK]' } }, {}],
  kerasTokenizer: () => [{ split: 'character', lowercase: false, strip: false }],
  'Vocabulary.build': () => [[['a', 'b'], ['a']], { maxSize: 5, minCount: 1 }],
  'Vocabulary.fromJSON': () => [Vocabulary.build([['a', 'b'], ['a']]).toJSON()],
  calibration: () => [
    [
      [0.2, 0.8],
      [0.6, 0.4],
    ],
    [1, 0],
    { bins: 3 },
  ],
  report: () => [HISTORY(), reportOptions()],
  readReport: () => [page],
  renderReport: () => [keepgate.readReport(page), { echarts: noCharts }],
  reliabilityPlot: () => [keepgate.calibration([[0.2, 0.8]], [1], { bins: 1 }), { title: 't' }],
  formatTable: () => [
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  percent: () => [0.5],
  expectReplaceable: () => [join(folder, 'new')],
  expectFixtures: () => [[]],
  conform: () => [[], 'reference'],
  readSafetensors: () => [writeSafetensors({ a: keepgate.tensor([1, 2]) })],
  importModel: () => [
    {
      format: 'keras',
      tensors: { 'layers/dense/vars/0': keepgate.tensor([[2]]), 'layers/dense/vars/1': keepgate.tensor([1]) },
      refused: {},
      notes: [],
      config: {
        model: {
          class_name: 'Sequential',
          config: {
            layers: [{ class_name: 'Dense', config: { name: 'line', units: 1, batch_input_shape: [null, 1] } }],
          },
        },
      },
    },
    { masking: 'keras-3.16', engine: 'reference', onNote: () => {} },
  ],
  readTensors: () => [writeSafetensors({ a: keepgate.tensor([1, 2]) }), {}],
  importLayers: () => [{ weight: keepgate.tensor([[1, 2]]) }, { only: [''], kinds: { '': 'dense' } }],
  exportModel: () => [keepgate.recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 1, engine: 'reference' }), 'pt'],
  writeSafetensors: () => [{ a: keepgate.tensor([1, 2]) }, { from: 'here' }],
  reportPage: () => [reports(), { title: 't' }],
  onnxMasks: () => [
    keepgate.recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 1, engine: 'reference' }),
    { key: keepgate.key(1), batch: 1, time: 2, first: 0, ids: [[1, 2]], scheme: variational({ recurrent: 0.35 }) },
  ],
  onnxSubject: () => [goldenOnnx('rnn_relu.onnx'), { claims: [], name: 'nn.RNN' }],
  subjectOf: () => [
    {
      cell: 'rnn',
      scheme: variational({ recurrent: 0.35 }),
      name: 'mine',
      inputSize: 2,
      hiddenSize: 2,
      engine: 'reference',
      bidirectional: false,
    },
  ],
  propertyNames: () => [subjectOf({ cell: 'rnn', scheme: variational({ recurrent: 0.35 }) })],
  verify: () => [subjectOf({ cell: 'rnn', scheme: variational({ recurrent: 0.35 }) }), { seed: 1, runs: 1 }],
  verifySuite: () => [null],
};

async function aClassifier(): Promise<keepgate.TextClassifier> {
  const classifier = TextClassifier.from(TEXTS(), classifierOptions());
  await classifier.fit(TEXTS(), { key: key(1), epochs: 1 });
  return classifier;
}

/** What they give, by its class. */
export const TEXT_KINDS: Readonly<Record<string, Kind>> = {
  TextClassifier: kind<keepgate.TextClassifier>({
    make: aClassifier,
    end: ({ model }) => model.dispose(),
    state: async (classifier) => [classifier.model.updates, await classifier.predict(['a b'])],
    methods: {
      fit: () => [TEXTS(), { key: { ...key(1) }, epochs: 1, batchSize: 2, validation: TEXTS() }],
      evaluate: () => [TEXTS(), { metrics: [keepgate.accuracy()] }],
      predict: () => [['a b'], { signal: { aborted: false } }],
      predictMC: () => [['a b'], { passes: 2, key: { ...key(1) } }],
      encode: () => [TEXTS()],
      save: () => [memory()],
      toFiles: () => [],
    },
  }),
  Vocabulary: kind({
    make: () => Vocabulary.build([['a', 'b'], ['a']]),
    methods: { encode: () => [['a', 'z']], decode: () => [[2, 3]], toJSON: () => [] },
  }),
  Tokenizer: kind({ make: () => wordTokenizer(), methods: { tokenize: () => ['a b', 2] } }),
};
