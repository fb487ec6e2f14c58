import type * as flags from './flags.ts';

/** A page has no say in how its code is compiled. */
export const findV8: typeof flags.findV8 = () => null;
