import { addingAScheme } from '../../src/verify/laws/adding-a-scheme.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(addingAScheme);
