import { sequenceMaskIsFixed } from '../../src/verify/laws/sequence-mask-is-fixed.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(sequenceMaskIsFixed);
