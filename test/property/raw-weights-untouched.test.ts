import { rawWeightsUntouched } from '../../src/verify/laws/raw-weights-untouched.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(rawWeightsUntouched);
