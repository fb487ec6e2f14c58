import { recurrentMaskLeavesTheCarry } from '../../src/verify/laws/recurrent-mask-leaves-the-carry.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(recurrentMaskLeavesTheCarry);
