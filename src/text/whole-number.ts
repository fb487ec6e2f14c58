import { OptionError, show } from '../errors.ts';

/** @throws OptionError unless the value is a whole number from `least` */
export function expectWhole(who: string, name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new OptionError(`${who}: a whole number from ${least} was expected as ${name}, but ${show(value)} came`);
  }
}
