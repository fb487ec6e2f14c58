import { everySiteActs } from '../../src/verify/laws/every-site-acts.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(everySiteActs);
