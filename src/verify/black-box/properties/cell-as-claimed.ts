import { USUAL } from '../../../cells/activations.ts';
import type { PropertyResult } from '../../report.ts';
import type { Subject } from '../../subject.ts';
import type { Claim } from '../claims.ts';
import { activationNames, type CellForm, type CellKind, formOf, kindOf } from '../decoding/cell-step.ts';
import { asVariant, identifyCell } from '../variants/identify-cell.ts';
import { knownVariants } from '../variants/known-variants.ts';
import { evaluationDrawsNothing } from './evaluation-draws-nothing.ts';
import { evaluationIsTheMean } from './evaluation-is-the-mean.ts';

const NAME = 'cell-as-claimed';

/** Which cell a subject turned out to be. */
export interface CellVerdict {
  /** The subject, so that the equations that hold for it are those of its cell in this form. */
  readonly subject: Subject;
  readonly form: CellForm;
  /** What is to be said of evaluation once the cell is known, in place of what its law says; none where that stays. */
  readonly evaluation: readonly PropertyResult[];
  /** @param masksExplained whether the equations of this form, with some masks, explain every output in training */
  result(masksExplained: boolean): readonly PropertyResult[];
}

/**
 * Whether a subject follows the equations of the cell that it claims. Evaluation tells: if it is not that of the claimed
 * cell, it may be that of a known variant, of which the masks can be looked at all the same.
 * @param laws what the laws about outputs have found
 */
export async function judgeCell(
  subject: Subject,
  claims: readonly Claim[],
  seed: number,
  laws: readonly PropertyResult[],
): Promise<CellVerdict> {
  const cell = cellInWords(subject);
  const evaluation = laws.find(({ name }) => name === evaluationIsTheMean.name);
  const asOurs = { subject, form: formOf(subject), evaluation: [] };
  const right = (detail: string): PropertyResult[] => [{ name: NAME, passed: true, detail }];
  if (!evaluation || evaluation.passed) {
    return { ...asOurs, result: () => right(`without dropout, outputs are those of ${cell}`) };
  }
  const inTraining = right(`in training, the equations of ${cell} explain every output`);
  // What evaluation draws at random says nothing of the cell.
  const isRandom = laws.some(({ name, passed }) => name === evaluationDrawsNothing.name && !passed);
  if (isRandom) return { ...asOurs, result: (explained) => (explained ? inTraining : []) };

  const identified = await identifyCell(subject, claims, seed);
  const { detail, counterexample } = evaluation;
  const example = counterexample === undefined ? {} : { counterexample };
  if (!identified) {
    const count = knownVariants(subject).length;
    const says = `without dropout, outputs are not those of ${cell}, nor of one of ${count - 1} known variants of it: ${detail}`;
    const wrong = { name: NAME, passed: false, detail: says, ...example };
    return { ...asOurs, result: (explained) => (explained ? inTraining : [wrong]) };
  }
  const { variant, evaluation: instead } = identified;
  const differs = { name: evaluationIsTheMean.name, passed: false, detail: `${instead}: ${detail}`, ...example };
  if (!variant) {
    return {
      ...asOurs,
      evaluation: [differs],
      result: () => right(`evaluation is that of ${cell}, if not under the mean`),
    };
  }
  const says = `without dropout, outputs are not those of ${cell}, but of one in which ${variant.differences.join(', and ')}; all else is held against that one`;
  const isMean = { name: evaluationIsTheMean.name, passed: true, detail: 'held for the cell that it is' };
  return {
    subject: asVariant(subject, variant),
    form: variant.form,
    evaluation: [instead === null ? isMean : differs],
    result: () => [{ name: NAME, passed: false, detail: says, ...example }],
  };
}

function cellInWords(subject: Subject): string {
  const { activation, recurrentActivation } = activationNames(subject);
  const kind = kindOf(subject);
  if (kind === 'rnn') return `the ${activation} RNN`;
  const others = [
    ...(activation === USUAL.activation ? [] : [activation]),
    ...(recurrentActivation === USUAL.recurrentActivation ? [] : [`gates of ${recurrentActivation}`]),
  ];
  return `${CELLS[kind]}${others.length === 0 ? '' : ` (${others.join(', ')})`}`;
}

const CELLS: Readonly<Record<Exclude<CellKind, 'rnn'>, string>> = {
  lstm: 'the LSTM',
  gru: 'the GRU with its reset gate after the product',
  gruResetBefore: 'the GRU with its reset gate before the product',
};
