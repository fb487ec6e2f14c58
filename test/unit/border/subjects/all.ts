import * as keepgate from 'keepgate';
import * as interop from 'keepgate/interop';
import * as searching from 'keepgate/search';
import * as verify from 'keepgate/verify';
import * as suites from 'keepgate/verify/vitest';
import type { Subject } from '../walk.ts';
import type { Arguments, Kind } from './arguments.ts';
import { ENGINE_KINDS, ENGINES } from './engines.ts';
import { LAYER_KINDS, LAYERS } from './layers.ts';
import { MASK_KINDS, MASKS } from './masks.ts';
import { SEARCHING } from './searching.ts';
import { TEXT_KINDS, TEXTS_AND_FILES } from './texts-and-files.ts';
import { TRAINING, TRAINING_KINDS } from './training.ts';

const ARGUMENTS: Arguments = { ...MASKS, ...LAYERS, ...TRAINING, ...ENGINES, ...TEXTS_AND_FILES, ...SEARCHING };
const KINDS: Readonly<Record<string, Kind>> = {
  ...MASK_KINDS,
  ...LAYER_KINDS,
  ...TRAINING_KINDS,
  ...ENGINE_KINDS,
  ...TEXT_KINDS,
};

type Callable = (...args: readonly unknown[]) => unknown;

/** Every function that the entries of the package export, by its name; those of a class or of `papers` behind a dot. */
export function exportedFunctions(): Map<string, Callable> {
  const found = new Map<string, Callable>();
  for (const [name, value] of [keepgate, interop, searching, verify, suites].flatMap((entry) =>
    Object.entries(entry),
  )) {
    if (typeof value === 'function') {
      if (!isPrivate(name)) found.set(name, callable(value));
      if (isClass(value)) for (const own of staticsOf(name, value)) found.set(`${name}.${own}`, methodOf(value, own));
    } else if (name === 'papers') {
      for (const [paper, build] of Object.entries(value as object)) found.set(`papers.${paper}`, build as Callable);
    }
  }
  return found;
}

/** Classes whose objects are made by their own functions alone. */
function isPrivate(name: string): boolean {
  return name === 'TextClassifier' || name === 'Vocabulary';
}

/** What is marked as internal, and no part of the types that are published. */
const INTERNAL: readonly string[] = ['TextClassifier.of'];

function isClass(value: unknown): value is new (...args: readonly unknown[]) => object {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function callable(value: unknown): Callable {
  return isClass(value) ? (...args) => Reflect.construct(value, args) : (value as Callable);
}

function staticsOf(of: string, value: object): readonly string[] {
  return Object.getOwnPropertyNames(value).filter(
    (name) =>
      !['length', 'name', 'prototype'].includes(name) &&
      !INTERNAL.includes(`${of}.${name}`) &&
      typeof Reflect.get(value, name) === 'function',
  );
}

function methodOf(it: object, name: string): Callable {
  return (...args) => (Reflect.get(it, name) as Callable).apply(it, [...args]);
}

/** The names of all functions of an object that are not of every object. */
export function methodsOf(it: object): readonly string[] {
  const names = new Set<string>();
  for (
    let at = it;
    at !== null && at !== Object.prototype && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}

/** Errors take a message, and nothing else is asked of them. */
function errorArguments(name: string): (() => readonly unknown[]) | undefined {
  return name.endsWith('Error') ? () => ['a message', 1] : undefined;
}

/** The exports as subjects; one that the tables lack has no arguments. */
export function exportedSubjects(): readonly (Omit<Subject, 'args'> & { readonly args?: Subject['args'] })[] {
  return [...exportedFunctions()].map(([name, call]) => {
    const args = ARGUMENTS[name] ?? errorArguments(name);
    return { name, call, free: FREE[name] ?? [], ...(args ? { args } : {}) };
  });
}

export function tableNames(): readonly string[] {
  return Object.keys(ARGUMENTS);
}

export { KINDS };

/** Their `... layer` kinds. */
const LAYERS_BY_NAME = [
  'dense',
  'dropout',
  'pooling',
  'gru',
  'embedding',
  'layerNorm',
  'batchNorm',
  'frozen',
  'conv1d',
  'conv2d',
  'maxPool2d',
  'reshape',
  'flatten',
  'maxPool1d',
  'averagePool1d',
  'attention',
  'timeDistributed',
  'reverse',
  'repeatVector',
  'lastStates',
  'residual',
  'highway',
  'concatenate',
  'heads',
  'inputs',
];

/** Objects in which anybody may choose the names, or whose other parts nobody looks at. */
export const FREE: Readonly<Record<string, readonly string[]>> = {
  'Schedule.at': ['0.history.0', '0.history.0.training'],
  'Schedule of scores.at': ['0', '1'].flatMap((i) => [`0.history.${i}`, `0.history.${i}.training`]),
  ...forEach(['categorical', 'fold', 'normal', 'permutation', 'uniform'], ['0']),
  sample: ['1'],
  stratifiedKFold: ['1.key'],
  crossValidate: ['2.key'],
  compareSchemes: ['0', '2.key'],
  heads: ['0'],
  inputs: ['0'],
  decode: ['2.signal'],
  huggingFaceTokenizer: ['0', '0.model', '0.model.vocab'],
  trainBpe: ['1.signal'],
  readVectors: ['1.key', '1.signal'],
  propertyNames: ['0'],
  onnxMasks: ['1.key'],
  recurrent: ['0.key'],
  atStepsOf: ['0'],
  'Mask.at': ['0'],
  'Recurrent.sample': ['1'],
  ...forEach(
    LAYERS_BY_NAME.flatMap((name) => [`${name} layer.outputs`, `${name} layer.weights`, `${name} layer.carries`]),
    ['0'],
  ),
  ...forEach(
    LAYERS_BY_NAME.map((name) => `${name} layer.run`),
    ['0', '0.learned', '2', '2.x'],
  ),
  'Optimizer.update': ['3'],
  'Ops.uploadFactors': ['0', '0.input', '0.input.strides'],
  ...forEach(['Ops.project', 'Ops.projectInputGrad', 'Ops.projectWeightGrad'], ['2.factor']),
  'Ops.run': ['1', '1.inputs', '1.scalars'],
  loadModel: ['0', '1.layers', '1.losses'],
  modelFromFiles: ['0', '1.layers', '1.losses'],
  runFromFiles: ['0'],
  'TextClassifier.load': ['0'],
  'TextClassifier.fromFiles': ['0'],
  'TextClassifier.save': ['0'],
  writeSafetensors: ['0', '1'],
  lengthBuckets: ['2'],
  split: ['2'],
  ...forEach(
    ['TextClassifier.fit', 'TextClassifier.evaluate', 'TextClassifier.predict', 'TextClassifier.predictMC'],
    ['1.key', '1.signal', '1.metrics.0'],
  ),
  'LayerRun.backward': ['0'],
  'maker of bidirectional.fromConfig': ['0.layer'],
  'Model.build': ['1'],
  'Model that is not built.build': ['1'],
  ...forEach(
    ['Model.fit', 'Model.trainer', 'Model that is not built.fit', 'Model that is not built.trainer'],
    within('1', 'key', 'signal', 'metrics.0', 'callbacks.0').slice(1),
  ),
  ...forEach(['Model.evaluate', 'Model.predict', 'Model.predictMC'], ['1.key', '1.signal', '1.metrics.0']),
  'Model of sequences.fit': ['1.key'],
  'Model of sequences.trainer': ['1.key'],
  'Model.save': ['0'],
  ...forEach(['recurrentProduct', 'recurrentProductGrad'], ['1', '1.products.0', '3', '3.recurrent.0']),
  kernel: ['0.inputs', '0.outputs', '0.factors'],
  reliabilityPlot: ['0', '0.bins.0'],
  report: [
    ...within('0', 'epochs.0', 'epochs.0.training', 'epochs.0.validation'),
    ...within(
      '1',
      'training',
      'model',
      'plans.0',
      'plans.0.extents',
      'echarts',
      'data.parts',
      'data.facts',
      'origin.facts',
    ).slice(1),
  ],
  renderReport: [
    ...within(
      '0',
      'runs.0',
      'runs.0.scores',
      'runs.0.training',
      'origin',
      'origin.facts',
      'data',
      'data.parts.0',
      'data.facts',
      'model.0',
      'masks.0',
    ),
    ...within('0', 'masks.0.columns', 'masks.0.rows', 'evaluation', 'evaluation.calibration').slice(1),
    '1.echarts',
  ],
  fitOptions: ['1.losses', '1.optimizers', '1.schedules', ...within('0', 'loss', 'optimizer', 'fraternal')],
  importModel: ['0', '0.tensors', '0.refused', '0.config', '0.config.model', '0.config.model.config'],
  runToFiles: [
    '0',
    '0.spec',
    '0.before',
    '0.averages',
    '0.averages.sums',
    '0.averages.updates',
    '0.averages.updates.dropoutRates',
    '0.callbacks',
  ],
};

function forEach(names: readonly string[], paths: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(names.map((name) => [name, paths]));
}

function within(path: string, ...names: readonly string[]): readonly string[] {
  return [path, ...names.map((name) => `${path}.${name}`)];
}
