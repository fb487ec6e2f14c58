import type { TrainOptions } from './data/train-options.ts';

/** What `keepgate train` makes when an option is left out, so that it need not be said in code. */
const DEFAULTS = { header: true, relaxedQuotes: false, layers: 1, batchSize: 32 } as const;

/** A call of `train` in TypeScript, to the same weights; null where texts come from standard input. */
export function trainCode(path: string, options: TrainOptions): string | null {
  if (path === '-') return null;
  const { cell, level, maxLength, minCount, patience, keep, bidirectional, vectors, freezeVectors } = options;
  const recurrent = `${cell}(${named({ units: options.units, layers: unlessDefault(options, 'layers') }, ['dropout: dropout.cell'])})`;
  const from = vectors === undefined ? `units: ${options.embedding}` : 'units: vectors.units, weights: vectors.weights';
  const words = `embedding({ vocabulary, ${from}, unknown, dropout: dropout.embedding })`;
  const ids = vectors === undefined ? inside({ minCount }) : 'vocabulary';
  const stops = patience !== undefined || keep === 'best';
  const helpers = [
    options.optimizer,
    ...(bidirectional ? ['bidirectional'] : []),
    ...(stops ? ['earlyStopping'] : []),
    ...(holdsOut(options) ? ['fold', 'split'] : []),
    'deduplicate',
    'dense',
    'embedding',
    ...(vectors === undefined ? [] : ['readVectors', 'tokenizer', 'Vocabulary']),
    ...(vectors !== undefined && !holdsOut(options) ? ['fold'] : []),
    ...(freezeVectors ? ['frozen'] : []),
    'key',
    cell,
    'parseScheme',
    'readLabelled',
    'splitScheme',
    'TextClassifier',
  ].sort((a, b) => a.localeCompare(b, 'en', { sensitivity: 'base' }));
  return [
    `import { ${[...(stops && options.metrics[0] === 'accuracy' ? ['type Callback'] : []), ...helpers].join(', ')} } from 'keepgate';`,
    '',
    ...partsCode(path, options),
    `const dropout = splitScheme(parseScheme(${quoted(options.dropout)}));`,
    ...(vectors === undefined ? [] : vectorsCode(vectors, options)),
    'const classifier = TextClassifier.from(train, {',
    `  ${[inside({ level, maxLength }), ids, inside({ engine: options.engine === 'auto' ? undefined : options.engine })].filter((part) => part !== '').join(', ')},`,
    '  layers: ({ vocabulary, classes, unknown }) => [',
    `    ${freezeVectors ? `frozen(${words})` : words},`,
    `    ${bidirectional ? `bidirectional(${recurrent})` : recurrent},`,
    '    dense({ units: classes }),',
    '  ],',
    '});',
    ...(stops ? stoppingCode(options) : []),
    'await classifier.fit(train, {',
    ...fitCode(options).map((line) => `  ${line},`),
    ...(stops ? ['  callbacks: [stopping],'] : []),
    '});',
    `console.log(await classifier.evaluate(${evaluated(options)}));`,
  ].join('\n');
}

/** The part that the command scores at its end, by the metrics that it was told. */
function evaluated({ metrics, ...options }: TrainOptions): string {
  const isTested = options.test !== undefined || (options.validation !== undefined && holdsOut(options));
  const scored = metrics.join() === 'accuracy' ? '' : `, { metrics: ${quotedList(metrics)} }`;
  return `${isTested ? 'test' : 'validation'}${scored}`;
}

function holdsOut({ holdout, validation }: Pick<TrainOptions, 'holdout' | 'validation'>): boolean {
  return holdout !== undefined || validation === undefined;
}

/** The texts to train on, to validate on, and to test on if there are some. */
function partsCode(path: string, options: TrainOptions): string[] {
  const { text, label, delimiter, encoding, validation, test, holdout = 0.3, seed } = options;
  const columns = {
    text,
    label,
    header: unlessDefault(options, 'header'),
    delimiter: delimiter === 'tab' ? '\t' : delimiter,
    encoding,
    relaxedQuotes: unlessDefault(options, 'relaxedQuotes'),
  };
  const told = Object.values(columns).some((value) => value !== undefined);
  const read = (file: string): string => `await readLabelled(${quoted(file)}${told ? ', columns' : ''})`;
  return [
    ...(told ? [`const columns = ${named(columns)} as const;`] : []),
    ...(holdsOut(options)
      ? [
          `const all = deduplicate(${read(path)});`,
          `const { train, test${validation === undefined ? ': validation' : ''} } = split(all, ${holdout}, fold(key(${seed}), 'split'));`,
        ]
      : [`const train = deduplicate(${read(path)});`]),
    ...(validation === undefined ? [] : [`const validation = ${read(validation)};`]),
    ...(test === undefined ? [] : [`const test = ${read(test)};`]),
  ];
}

function vectorsCode(file: string, { level, maxLength, minCount, seed }: TrainOptions): string[] {
  return [
    `const { tokenize } = tokenizer(${quoted(level)});`,
    `const tokens = train.texts.map((text) => tokenize(text, ${maxLength}));`,
    `const vocabulary = Vocabulary.build(tokens, { minCount: ${minCount} });`,
    `const vectors = await readVectors(${quoted(file)}, { vocabulary, key: fold(key(${seed}), 'vectors') });`,
  ];
}

function fitCode(options: TrainOptions): string[] {
  const { seed, epochs, clipNorm, clipValue, classWeight, sampling, metrics } = options;
  return [
    `key: key(${seed})`,
    inside({ epochs, batchSize: unlessDefault(options, 'batchSize'), clipNorm, clipValue, classWeight, sampling }),
    `optimizer: ${options.optimizer}({ learningRate: ${options.learningRate} })`,
    `metrics: ${quotedList(metrics)}`,
    'validation',
  ];
}

/** What `bestEpoch` makes. */
function stoppingCode({ metrics, patience, epochs, keep }: TrainOptions): string[] {
  const [metric] = metrics;
  const more = { patience: patience ?? epochs, restoreBest: keep === 'best' ? undefined : false };
  if (metric !== 'accuracy') {
    return [`const stopping = earlyStopping(${named({ monitor: `validation.${metric}`, ...more })});`];
  }
  return [
    '// By accuracy; of epochs with as many right texts the one with the lowest loss is the best.',
    `const byRank = earlyStopping(${named({ monitor: 'validation.rank', mode: 'max', ...more })});`,
    'const stopping: Callback = {',
    '  ...byRank,',
    "  onBegin: (begin) => byRank.onBegin?.({ ...begin, scores: [...begin.scores, 'rank'] }),",
    '  onEpoch(epoch, run) {',
    '    const { accuracy = 0, loss = 0 } = epoch.validation ?? {};',
    '    const rank = Math.round(accuracy * validation.labels.length) + 1 / (2 + loss);',
    '    return byRank.onEpoch?.({ ...epoch, validation: { loss, rank } }, run);',
    '  },',
    '};',
  ];
}

function unlessDefault<N extends keyof typeof DEFAULTS>(options: TrainOptions, name: N): TrainOptions[N] | undefined {
  return options[name] === DEFAULTS[name] ? undefined : options[name];
}

function named(options: Readonly<Record<string, unknown>>, more: readonly string[] = []): string {
  return `{ ${[inside(options), ...more].filter((part) => part !== '').join(', ')} }`;
}

/** Options as they stand in a literal; what is undefined is left out. */
function inside(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`)
    .join(', ');
}

function quotedList(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(', ')}]`;
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
