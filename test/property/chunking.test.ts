import { chunking } from '../../src/verify/laws/chunking.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(chunking);
