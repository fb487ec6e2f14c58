import { gradients } from '../../src/verify/laws/gradients.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(gradients);
