import { describe } from 'vitest';
import { gradientsOfStacks } from '../../src/verify/laws/gradients-of-stacks.ts';
import { STACKS } from '../../src/verify/white-box/law.ts';
import { forEveryScheme } from '../helpers/laws.ts';

describe.each(STACKS)('$layers layers, bidirectional $bidirectional', (stack) => {
  forEveryScheme(gradientsOfStacks, { stacks: [stack], runs: 1 });
});
