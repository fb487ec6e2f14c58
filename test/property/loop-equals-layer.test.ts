import { loopEqualsLayer } from '../../src/verify/laws/loop-equals-layer.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(loopEqualsLayer);
