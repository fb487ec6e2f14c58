import { replay } from '../../src/verify/laws/replay.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(replay);
