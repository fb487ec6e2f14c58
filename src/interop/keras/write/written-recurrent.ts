import type { Layer } from '../../../layers/layer.ts';
import { resolveScheme, type SchemeLike } from '../../../masks/scheme.ts';
import { variational } from '../../../masks/schemes/variational.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { activationIn, type WrittenLayer, noteDropout, refused, type Writing } from './writing.ts';
import { reordered, transposed } from './gate-blocks.ts';

/** Classes, and which gate here stands in each of Keras' places: i, f, c, o; z, r, h. */
const CELLS: Readonly<Record<string, { readonly className: string; readonly order: readonly number[] }>> = {
  lstm: { className: 'LSTM', order: [0, 1, 2, 3] },
  gru: { className: 'GRU', order: [1, 0, 2] },
  rnn: { className: 'SimpleRNN', order: [0] },
};

/**
 * The layers of a stack, one behind the other: all but the last hand on every step.
 * @param goBackwards whether the first of them reads from the last step on: it hands its steps on in that order
 */
export function recurrentLayers(
  writing: Writing,
  who: string,
  i: number,
  config: Layer['config'],
  goBackwards: boolean,
): WrittenLayer[] {
  const isBothWays = config.type === 'bidirectional';
  const inner = (isBothWays ? config.layer : config) as Layer['config'];
  const { layers = 1, returnSequences = false, type, resetAfter } = inner;
  if (type === 'gru' && resetAfter !== false && writing.dialect === 'tfjs') {
    throw refused(
      who,
      'a GRU that resets before the product',
      'one that resets after it',
      'TensorFlow.js has none such; train gru({ resetAfter: false }), or export it to Keras',
    );
  }
  noteDropout(writing, who, Object.assign({}, inner, { dropout: ratesOf(writing, inner) ? [] : inner.dropout }));
  const made = Array.from({ length: layers as number }, (_, layer) => {
    const isLast = layer === (layers as number) - 1;
    const lanes = ['', ...(isBothWays ? ['_reverse'] : [])].map((way) => `_l${layer}${way}`);
    const settings = Object.assign(settingsOf(writing, who, inner), {
      return_sequences: !isLast || returnSequences === true,
      go_backwards: goBackwards && layer === 0,
    });
    const [one, ...others] = lanes.map((suffix) => weightsOf(writing, inner, (name) => `${i}.${name}${suffix}`));
    return isBothWays
      ? bothWays(writing, inner, settings, [one, ...others] as Weights[])
      : oneWay(writing, inner, settings, one as Weights);
  });
  if (made.some(({ weights }) => weights.some(([name, { shape }]) => name.endsWith('bias') && shape.length === 1))) {
    writing.notes.push(
      `${who}: its two biases are one there, their sum; it comes back as bias_ih, with a bias_hh of zeros`,
    );
  }
  return made;
}

type Weights = WrittenLayer['weights'];

function oneWay(
  { nameOf }: Writing,
  { type }: Layer['config'],
  settings: Record<string, unknown>,
  weights: Weights,
): WrittenLayer {
  const { className } = CELLS[type] as (typeof CELLS)[string];
  const name = nameOf(className);
  return { className, name, config: Object.assign({ name }, settings), weights };
}

function bothWays(
  writing: Writing,
  inner: Layer['config'],
  settings: Record<string, unknown>,
  lanes: readonly Weights[],
): WrittenLayer {
  const inside = oneWay(writing, inner, settings, []);
  const name = writing.nameOf('Bidirectional');
  const weights = lanes.flatMap((lane, i) =>
    lane.map(([weight, tensor]) => [`${i === 0 ? 'forward' : 'backward'}/${weight}`, tensor] as const),
  );
  return {
    className: 'Bidirectional',
    name,
    config: { name, dtype: 'float32', merge_mode: 'concat' },
    weights,
    inside,
  };
}

function settingsOf(writing: Writing, who: string, config: Layer['config']): Record<string, unknown> {
  const { type, units, bias = true, activation = 'tanh', recurrentActivation = 'sigmoid', resetAfter = true } = config;
  const { dialect } = writing;
  return Object.assign(
    { dtype: 'float32', units, activation: activationIn(dialect, who, activation) },
    type === 'rnn' ? {} : { recurrent_activation: activationIn(dialect, who, recurrentActivation) },
    type === 'gru' ? { reset_after: resetAfter } : {},
    { use_bias: bias, return_state: false, stateful: false, unroll: false },
    ratesOf(writing, config) ?? { dropout: 0, recurrent_dropout: 0 },
  );
}

/**
 * Rates by which the other program drops what this layer drops; undefined where it cannot. Keras has one mask for the input of all gates, and masks
 * for each gate where the state is dropped as well; TensorFlow.js has one for all gates, and its GRU drops the state that it carries.
 */
function ratesOf(
  { dialect }: Writing,
  { type, dropout }: Layer['config'],
): { dropout: number; recurrent_dropout: number } | undefined {
  const rules = (dropout ?? []) as { readonly site: string; readonly rate: unknown }[];
  if (rules.length === 0) return { dropout: 0, recurrent_dropout: 0 };
  const rateAt = (site: string): number => Number(rules.find((rule) => rule.site === site)?.rate ?? 0);
  const [input, recurrent] = [rateAt('input'), rateAt('recurrent')];
  if (!(input > 0 || recurrent > 0) || (recurrent > 0 && dialect === 'tfjs' && type === 'gru')) return undefined;
  const tied = dialect === 'tfjs' || type === 'rnn' || recurrent === 0;
  const there: SchemeLike = variational(
    Object.assign({ tied }, input > 0 ? { input } : {}, recurrent > 0 ? { recurrent } : {}),
  );
  const isSame = JSON.stringify(resolveScheme(there)) === JSON.stringify(rules);
  return isSame ? { dropout: input, recurrent_dropout: recurrent } : undefined;
}

/** kernel [I,G*H], recurrent_kernel [H,G*H], and bias [G*H]; of a GRU that resets after the product bias [2,G*H]. */
function weightsOf(
  writing: Writing,
  { type, resetAfter = true, bias = true }: Layer['config'],
  path: (name: string) => string,
): Weights {
  const { order } = CELLS[type] as (typeof CELLS)[string];
  const kernels = [
    ['kernel', transposed(writing.weight(path('weight_ih')), order)] as const,
    ['recurrent_kernel', transposed(writing.weight(path('weight_hh')), order)] as const,
  ];
  if (!bias) return kernels;
  const [input, recurrent] = ['bias_ih', 'bias_hh'].map((name) => reordered(writing.weight(path(name)), order)) as [
    Float32Array,
    Float32Array,
  ];
  if (type === 'gru' && resetAfter)
    return [...kernels, ['bias', new Tensor(Float32Array.of(...input, ...recurrent), [2, input.length])]];
  return [
    ...kernels,
    [
      'bias',
      new Tensor(
        input.map((value, k) => value + (recurrent[k] as number)),
        [input.length],
      ),
    ],
  ];
}
