import { expectNumber, optionsOf } from '../../checks.ts';
import { OptionError } from '../../errors.ts';

/**
 * Activation regularisation and its temporal form (Merity et al. 2017, arXiv:1708.02182), as means over valid steps and
 * units: ar mean(y²), of what is handed on, and tar mean((h_{t+1} - h_t)²), of the same before the site `output`. The
 * paper has ar 2 and tar 1.
 */
export interface ActivationRegularization {
  /** How much large activations cost, from 0; 0 when left out. */
  readonly ar?: number;
  /** How much changes from step to step cost, from 0; 0 when left out. */
  readonly tar?: number;
}

/** @throws OptionError unless at least one of the two is a number above 0 */
export function checkActivations(name: string, options: ActivationRegularization): Required<ActivationRegularization> {
  const who = `${name}: activationRegularization`;
  const { ar = 0, tar = 0 } = optionsOf(who, options, { ar: true, tar: true });
  expectNumber(who, 'ar', ar);
  expectNumber(who, 'tar', tar);
  if (ar + tar === 0) throw new OptionError(`${who}: ar or tar above 0 was expected, but neither came; leave it out`);
  return { ar, tar };
}

/** The share of one entry, and of one change of an entry, in the means of a batch; a mean over nothing costs nothing. */
export function activationShares(
  validSteps: Int32Array,
  { ar, tar }: Required<ActivationRegularization>,
  width: number,
): Required<ActivationRegularization> {
  const steps = validSteps.reduce((sum, valid) => sum + valid, 0);
  const changes = validSteps.reduce((sum, valid) => sum + Math.max(0, valid - 1), 0);
  return { ar: ar / Math.max(1, steps * width), tar: tar / Math.max(1, changes * width) };
}
