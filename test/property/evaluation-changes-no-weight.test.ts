import { evaluationChangesNoWeight } from '../../src/verify/laws/evaluation-changes-no-weight.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(evaluationChangesNoWeight);
