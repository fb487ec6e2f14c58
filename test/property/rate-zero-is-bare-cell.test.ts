import { rateZeroIsBareCell } from '../../src/verify/laws/rate-zero-is-bare-cell.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(rateZeroIsBareCell);
