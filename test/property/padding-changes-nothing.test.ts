import { paddingChangesNothing } from '../../src/verify/laws/padding-changes-nothing.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(paddingChangesNothing);
