import { type Dialect, returnFlushed, type Spec } from './dialect.ts';

/** What is added to a product: a row for all rows, and a matrix. */
export interface Addends {
  readonly bias: boolean;
  readonly plus: boolean;
}

/** y [R,M] = x wᵀ + bias + plus, for x [R,K] and w [M,K]. */
export function rowsByRows(dialect: Dialect, inner: number, addends: Addends): Spec {
  return product(dialect, `rowsByRows ${inner}`, inner, addends, {
    scalars: [],
    column: (k) => k,
    right: (k) => dialect.entry('b', 'x', k),
  });
}

/** y [R,N] = x w + plus, for K columns of x from `from` on and w [K,N]. */
export function rowsByColumns(dialect: Dialect, inner: number, addends: Addends): Spec {
  return product(dialect, `rowsByColumns ${inner}`, inner, addends, {
    scalars: ['from'],
    column: (k) => `from + ${k}`,
    right: (k) => dialect.entry('b', k, 'x'),
  });
}

/** y [M,N] = xᵀ w, flushed, for M columns of x [count,·] from `from` on and w [count,N]. */
export function columnsByColumns(dialect: Dialect): Spec {
  const right = dialect.entry('b', 'k', 'x');
  const arrays = ['a', 'b'];
  const scalars = ['from', 'count'];
  const name = 'columnsByColumns';
  if (!dialect.fours) {
    const left = dialect.entry('a', 'k', 'column');
    const body = `  const column = from + y;
  let sum = 0;
  for (let k = 0; k < count; k++) { sum += ${left} * ${right}; }
${returnFlushed('sum')}`;
    return { name, arrays, scalars, body };
  }
  const steps = FOUR.map((r) => `s${r} += ${dialect.entry('a', 'k', `column + ${r}`)} * w;`);
  const body = `  const column = from + y * 4;
${FOUR.map((r) => `  let s${r} = 0;`).join('\n')}
  for (let k = 0; k < count; k++) { const w = ${right}; ${steps.join(' ')} }
${returnFlushed('s0', 's1', 's2', 's3')}`;
  return { name, arrays, scalars, body, fours: 'plain' };
}

const FOUR = [0, 1, 2, 3];

function product(
  dialect: Dialect,
  name: string,
  inner: number,
  { bias, plus }: Addends,
  {
    scalars,
    column,
    right,
  }: { readonly scalars: readonly string[]; column(k: string): string; right(k: string): string },
): Spec {
  const spec = {
    name: `${name}${bias ? ' bias' : ''}${plus ? ' plus' : ''}`,
    arrays: ['a', 'b', ...(bias ? ['bias'] : []), ...(plus ? ['plus'] : [])],
    scalars,
  };
  const added = (row: string): string =>
    `${bias ? ` + ${dialect.entry('bias', 0, 'x')}` : ''}${plus ? ` + ${dialect.entry('plus', row, 'x')}` : ''}`;
  if (!dialect.fours) {
    const body = `  let sum = 0;
  for (let k = 0; k < ${inner}; k++) { sum += ${dialect.entry('a', 'y', column('k'))} * ${right('k')}; }
  return sum${added('y')};`;
    return { ...spec, body };
  }
  const step = (k: string, w: string): string =>
    `const ${w} = ${right(k)}; ${FOUR.map((r) => `s${r} += a[y][${r}][${column(k)}] * ${w};`).join(' ')}`;
  // Two steps at a time: measured as the best number, as more of them spill.
  const even = inner - (inner % 2);
  const body = `${FOUR.map((r) => `  let s${r} = 0;`).join('\n')}
  for (let k = 0; k < ${even}; k += 2) { ${step('k', 'w0')} ${step('k + 1', 'w1')} }
${inner % 2 === 1 ? `  ${step(String(even), 'w2')}\n` : ''}  return [${FOUR.map((r) => `s${r}${added(`y * 4 + ${r}`)}`).join(', ')}];`;
  return { ...spec, body, fours: 'blocked' };
}
