import { batchPermutation } from '../../src/verify/laws/batch-permutation.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(batchPermutation);
