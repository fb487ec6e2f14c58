import { type Dialect, returnFlushed, type Spec } from './dialect.ts';

/** Rows that one thread adds up. Sums of sums keep the error of float32 small, and many threads at work. */
export const CHUNK = 64;

/** out [⌈count/CHUNK⌉,N]: sums of CHUNK rows of a [count,N] at a time. */
export const sumChunks = (dialect: Dialect): Spec => ({
  name: 'sumChunks',
  arrays: ['a'],
  scalars: ['count'],
  body: `  const first = y * ${CHUNK};
  let sum = 0;
  for (let k = 0; k < ${CHUNK}; k++) { if (first + k < count) { sum += ${dialect.entry('a', 'first + k', 'x')}; } }
  return sum;`,
});

/** out [·,N]: up to seven parts one after the other; `end0` is where the rows of the first end, and so on. */
export const concat = (dialect: Dialect, parts: number): Spec => {
  const names = Array.from({ length: parts }, (_, i) => `p${i}`);
  const lines = names.map((part, i) => {
    const row = i === 0 ? 'y' : `y - end${i - 1}`;
    const take = `result = ${dialect.entry(part, row, 'x')};`;
    return i === parts - 1 ? `{ ${take} }` : `if (y < end${i}) { ${take} } else`;
  });
  return {
    name: `concat ${parts}`,
    arrays: names,
    scalars: names.slice(0, -1).map((_, i) => `end${i}`),
    body: `  let result = 0;\n  ${lines.join(' ')}\n  return result;`,
  };
};

/** out [T*B,N]: each sample's valid steps in reverse order. */
export const reverse = (dialect: Dialect): Spec => ({
  name: 'reverse',
  arrays: ['a', 'lengths'],
  scalars: ['batch'],
  body: `  const step = Math.floor((y + 0.5) / batch);
  const sample = y - step * batch;
  const length = ${dialect.entry('lengths', 'sample', 0)};
  let source = step;
  if (step < length) { source = length - 1 - step; }
  return ${dialect.entry('a', 'source * batch + sample', 'x')};`,
});

/** out [R,N] = table[ids]; an id below 0 gives zeros. */
export const gather = (dialect: Dialect): Spec => ({
  name: 'gather',
  arrays: ['table', 'ids'],
  scalars: [],
  body: `  const id = ${dialect.entry('ids', 'y', 0)};
  let result = 0;
  if (id >= 0) { result = ${dialect.entry('table', 'id', 'x')}; }
  return result;`,
});

/** out [V,N]: the rows of a that belong to each entry: `order` from `starts[v]` to `starts[v + 1]`. */
export const scatterAdd = (dialect: Dialect): Spec => ({
  name: 'scatterAdd',
  arrays: ['a', 'order', 'starts'],
  scalars: [],
  body: `  const first = ${dialect.entry('starts', 'y', 0)};
  const count = ${dialect.entry('starts', 'y + 1', 0)} - first;
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const row = ${dialect.entry('order', 'first + k', 0)};
    sum += ${dialect.entry('a', 'row', 'x')};
  }
  return sum;`,
});

/**
 * out [R,2]: the largest entry of each row of a [R,N], and log Σ exp of the row less that entry. They stay apart, as their
 * sum would round away what the logits differ by when these are large.
 */
export const logSumExp = (dialect: Dialect, width: number): Spec => ({
  name: `logSumExp ${width}`,
  arrays: ['a'],
  scalars: [],
  body: `  let top = ${dialect.entry('a', 'y', 0)};
  for (let k = 1; k < ${width}; k++) { top = Math.max(top, ${dialect.entry('a', 'y', 'k')}); }
  let total = 0;
  for (let k = 0; k < ${width}; k++) { total += Math.exp(${dialect.entry('a', 'y', 'k')} - top); }
  let result = top;
  if (x == 1) { result = Math.log(total); }
  return result;`,
});

/** The logarithm of the softmax of entry (y, column) of a, from the result of `logSumExp`. */
const logSoftmax = (dialect: Dialect, column: string): string =>
  `(${dialect.entry('a', 'y', column)} - ${dialect.entry('lse', 'y', 0)}) - ${dialect.entry('lse', 'y', 1)}`;

/** out [R,N]: the softmax, from a and its logSumExp. */
export const softmax = (dialect: Dialect): Spec => ({
  name: 'softmax',
  arrays: ['a', 'lse'],
  scalars: [],
  body: returnFlushed(`Math.exp(${logSoftmax(dialect, 'x')})`),
});

/** out [R,1]: the dot product of each row of a and b [R,N]. */
export const rowDots = (dialect: Dialect, width: number): Spec => ({
  name: `rowDots ${width}`,
  arrays: ['a', 'b'],
  scalars: [],
  body: `  let sum = 0;
  for (let k = 0; k < ${width}; k++) { sum += ${dialect.entry('a', 'y', 'k')} * ${dialect.entry('b', 'y', 'k')}; }
  return sum;`,
});

/** out [R,N]: the gradient of the softmax, from its result a, the gradient b by it, and the dot products of both. */
export const softmaxGrad = (dialect: Dialect): Spec => ({
  name: 'softmaxGrad',
  arrays: ['a', 'b', 'dots'],
  scalars: [],
  body: returnFlushed(
    `${dialect.entry('a', 'y', 'x')} * (${dialect.entry('b', 'y', 'x')} - ${dialect.entry('dots', 'y', 0)})`,
  ),
});

/**
 * out [R,2]: the mean of each row of a [R,N], measured from the row's first entry, and 1 / sqrt(variance + epsilon). Rows
 * of one value, or far from 0, would lose in plain sums of float32 what their entries differ by.
 */
export const rowMoments = (dialect: Dialect, width: number): Spec => ({
  name: `rowMoments ${width}`,
  arrays: ['a'],
  scalars: ['epsilon'],
  body: `  const origin = ${dialect.entry('a', 'y', 0)};
  let sum = 0;
  for (let k = 0; k < ${width}; k++) { sum += ${dialect.entry('a', 'y', 'k')} - origin; }
  const mean = sum / ${width};
  let squares = 0;
  for (let k = 0; k < ${width}; k++) {
    const centred = ${dialect.entry('a', 'y', 'k')} - origin - mean;
    squares += centred * centred;
  }
  let result = mean;
  if (x == 1) { result = 1 / Math.sqrt(squares / ${width} + epsilon); }
  return result;`,
});

/** out [R,N]: each row less its mean, over its deviation, from a and its rowMoments. */
export const normalise = (dialect: Dialect): Spec => ({
  name: 'normalise',
  arrays: ['a', 'moments'],
  scalars: [],
  body: `  const centred = ${dialect.entry('a', 'y', 'x')} - ${dialect.entry('a', 'y', 0)} - ${dialect.entry('moments', 'y', 0)};
${returnFlushed(`centred * ${dialect.entry('moments', 'y', 1)}`)}`,
});

/** out [R,1]: the second column of a. */
export const secondColumn = (dialect: Dialect): Spec => ({
  name: 'secondColumn',
  arrays: ['a'],
  scalars: [],
  body: `  return ${dialect.entry('a', 'y', 1)};`,
});

/** out [R,2]: the mean of each row of b [R,N], and of its products with a: what the gradient of `normalise` takes away. */
export const gradMoments = (dialect: Dialect, width: number): Spec => ({
  name: `gradMoments ${width}`,
  arrays: ['a', 'b'],
  scalars: [],
  body: `  let sum = 0;
  for (let k = 0; k < ${width}; k++) {
    let factor = 1;
    if (x == 1) { factor = ${dialect.entry('a', 'y', 'k')}; }
    sum += factor * ${dialect.entry('b', 'y', 'k')};
  }
  return sum / ${width};`,
});

/** out [R,N]: the gradient of `normalise`, from its result a, the gradient b by it, 1 / deviation and the gradMoments. */
export const normaliseGrad = (dialect: Dialect): Spec => ({
  name: 'normaliseGrad',
  arrays: ['a', 'b', 'inverse', 'moments'],
  scalars: [],
  body: `  const centred = ${dialect.entry('b', 'y', 'x')} - ${dialect.entry('moments', 'y', 0)};
${returnFlushed(`(centred - ${dialect.entry('a', 'y', 'x')} * ${dialect.entry('moments', 'y', 1)}) * ${dialect.entry('inverse', 'y', 0)}`)}`,
});

/** out [R,1]: each row's share of the mean cross-entropy; nothing where the label is below 0. */
export const crossEntropy = (dialect: Dialect): Spec => ({
  name: 'crossEntropy',
  arrays: ['a', 'lse', 'labels'],
  scalars: ['share'],
  body: `  const label = ${dialect.entry('labels', 'y', 0)};
  let loss = 0;
  if (label >= 0) { loss = (0 - (${logSoftmax(dialect, 'label')})) * share; }
  return loss;`,
});

/** out [R,N]: the gradient of the mean cross-entropy by a. */
export const crossEntropyGrad = (dialect: Dialect): Spec => ({
  name: 'crossEntropyGrad',
  arrays: ['a', 'lse', 'labels'],
  scalars: ['share'],
  body: `  const label = ${dialect.entry('labels', 'y', 0)};
  let grad = 0;
  if (label >= 0) {
    grad = Math.exp(${logSoftmax(dialect, 'x')});
    if (label == x) { grad -= 1; }
    grad *= share;
  }
${returnFlushed('grad')}`,
});

/** out [R,1]: how many entries of each row of a [R,N] come before that of its label; -1 where the label is below 0. */
export const ranks = (dialect: Dialect, width: number): Spec => ({
  name: `ranks ${width}`,
  arrays: ['a', 'labels'],
  scalars: [],
  body: `  const label = ${dialect.entry('labels', 'y', 0)};
  let before = 0 - 1;
  if (label >= 0) {
    const own = ${dialect.entry('a', 'y', 'label')};
    before = ${width} - 1;
    for (let k = 0; k < ${width}; k++) {
      const other = ${dialect.entry('a', 'y', 'k')};
      if (other < own) { before -= 1; }
      if (other == own) { if (k > label) { before -= 1; } }
    }
  }
  return before;`,
});
