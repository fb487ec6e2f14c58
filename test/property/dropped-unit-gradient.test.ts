import { droppedUnitGradient } from '../../src/verify/laws/dropped-unit-gradient.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(droppedUnitGradient);
