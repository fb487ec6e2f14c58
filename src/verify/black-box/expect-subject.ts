import { cellConfigOf } from '../../cells/cells.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import type { Subject } from '../subject.ts';
import { claimsOf } from './claims.ts';

/** A subject that was checked, and what should be said of it besides. */
export interface Heard {
  readonly subject: Subject;
  readonly notes: readonly string[];
}

/**
 * A subject of which each field was read once, and is of its kind: what is worked with is a plain object, whatever the
 * caller's is (of a class with getters and private fields, or frozen). What does not apply to its cell is a note.
 * @throws DataError or OptionError unless every field is of the right kind, and what {@link claimsOf} throws
 */
export function expectSubject(given: Subject): Heard {
  const { name, cell, resetAfter, inputSize, hiddenSize, bidirectional, claims, setWeights, forward } = given;
  const { activation, recurrentActivation } = given;
  const fields = { name, cell, inputSize, hiddenSize, claims, setWeights, forward };
  const wrong = Object.entries(FIELDS).find(([field, fits]) => !fits(fields[field as keyof typeof fields]));
  if (wrong) {
    const value = fields[wrong[0] as keyof typeof fields];
    throw new DataError(
      `verify: a subject with a right '${wrong[0]}' was expected, but ${show(value)} came; see the interface Subject`,
    );
  }
  if (typeof (bidirectional ?? false) !== 'boolean') {
    throw new OptionError(
      `verify: true or false was expected as bidirectional, but ${show(bidirectional)} came; leave it out for one direction`,
    );
  }
  const applies = cell === 'gru';
  const subject: Subject = {
    name,
    cell,
    inputSize,
    hiddenSize,
    claims,
    ...(bidirectional ? { bidirectional } : {}),
    ...cellConfigOf({ activation, recurrentActivation, resetAfter: applies ? resetAfter : undefined }),
    setWeights: (weights, reverse) => setWeights.call(given, weights, reverse),
    forward: (x, call) => forward.call(given, x, call),
  };
  claimsOf(subject);
  expectGates(subject);
  const stray = `resetAfter: it was left aside, as it is for a GRU and the cell is ${show(cell)}`;
  return { subject, notes: applies || resetAfter === undefined ? [] : [stray] };
}

/** @throws OptionError where the probes cannot hold gates open and shut */
function expectGates({ recurrentActivation = 'sigmoid' }: Subject): void {
  if (['sigmoid', 'hardSigmoid', 'hardSigmoid0.2'].includes(recurrentActivation)) return;
  throw new OptionError(
    `verify: recurrentActivation of 'sigmoid', 'hardSigmoid' or 'hardSigmoid0.2' was expected, but ${show(recurrentActivation)} came: gates that are never shut show no masks; verify the cell, by { name, cell, claims }`,
  );
}

const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: (value) => typeof value === 'string',
  cell: (value) => value === 'lstm' || value === 'gru' || value === 'rnn',
  inputSize: isSize,
  hiddenSize: isSize,
  claims: Array.isArray,
  setWeights: (value) => typeof value === 'function',
  forward: (value) => typeof value === 'function',
};
