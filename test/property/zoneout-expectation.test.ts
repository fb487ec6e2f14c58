import { zoneoutExpectation } from '../../src/verify/laws/zoneout-expectation.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(zoneoutExpectation);
