import { stepMaskDiffers } from '../../src/verify/laws/step-mask-differs.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(stepMaskDiffers);
