import { outputLeavesTheState } from '../../src/verify/laws/output-leaves-the-state.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(outputLeavesTheState);
