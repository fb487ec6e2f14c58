import { expectWhole, optionsOf } from '../../checks.ts';
import { define, type Maker } from '../../define.ts';
import type { Averaging } from './averaging.ts';

/** What `swa` is told. */
export interface SwaOptions {
  /** The first epoch whose weights are averaged, from 1. */
  readonly from: number;
}

/**
 * Stochastic weight averaging (Izmailov et al. 2018, arXiv:1803.05407), an option of `fit`: the mean of the weights at the end of each epoch,
 * from one on; best with a learning rate that stays large.
 * @throws OptionError for an option that is out of range
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, sequential, sgd, swa } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const examples = { x: [[0], [1], [2]], y: [[1], [3], [4]] };
 * const history = await model.fit(examples, {
 *   key: key(1),
 *   epochs: 20,
 *   batchSize: 1,
 *   loss: meanSquaredError(),
 *   optimizer: sgd({ learningRate: 0.1 }),
 *   averaging: swa({ from: 10 }),
 *   validation: examples,
 * });
 * // What is scored after an epoch are the averaged weights, and the model has them.
 * console.log((await model.evaluate(examples)).loss === history.epochs.at(-1)?.validation?.loss); // prints: true
 * await model.dispose();
 * ```
 */
export const swa: Maker<[SwaOptions], Averaging> = define({
  type: 'swa',
  make(options: SwaOptions) {
    const { from } = optionsOf('swa', options, { from: true });
    expectWhole('swa', 'from', from, 1);
    return { config: { from }, by: 'epoch', hasBegun: (history) => history.length + 1 >= from };
  },
});
