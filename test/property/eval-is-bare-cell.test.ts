import { evalIsBareCell } from '../../src/verify/laws/eval-is-bare-cell.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(evalIsBareCell);
