import { sharding } from '../../src/verify/laws/sharding.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(sharding);
