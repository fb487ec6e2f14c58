/** What mutants put in the place of operators, functions and names. */

export const ARITHMETIC: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '**': '*',
  '|': '&',
  '&': '|',
  '^': '|',
  '<<': '>>>',
  '>>>': '<<',
};

export const BOUNDARY: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };

export const NEGATED: Readonly<Record<string, string>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '===': '!==',
  '!==': '===',
};

export const OTHER_FUNCTION: Readonly<Record<string, string>> = {
  cos: 'sin',
  sin: 'cos',
  max: 'min',
  min: 'max',
  floor: 'ceil',
  round: 'floor',
  expm1: 'exp',
  exp: 'expm1',
  some: 'every',
  every: 'some',
  add: 'sub',
  sub: 'add',
  sigmoid: 'tanh',
  tanh: 'sigmoid',
};

/** Each name with another that could stand in its place. */
export const OTHER_NAME: Readonly<Record<string, string>> = {
  sequence: 'step',
  step: 'sequence',
  inverted: 'literal',
  literal: 'inverted',
  none: 'inverted',
  input: 'recurrent',
  recurrent: 'input',
  update: 'memory',
  memory: 'update',
  output: 'input',
  weight: 'recurrent',
  zoneHidden: 'zoneCell',
  zoneCell: 'zoneHidden',
  wordType: 'embeddingRow',
  embeddingRow: 'wordType',
  token: 'unknown',
  unknown: 'token',
  batch: 'unit',
  unit: 'batch',
  hidden: 'input',
  one: 'hidden',
  bernoulli: 'gaussian',
  gaussian: 'bernoulli',
  multiplies: 'zone',
  zone: 'multiplies',
  replaces: 'multiplies',
  cell: 'embedding',
  embedding: 'cell',
  curriculum: 'annealed',
  annealed: 'curriculum',
};
