import { zoneHoldsTheState } from '../../src/verify/laws/zone-holds-the-state.ts';
import { forEveryScheme } from '../helpers/laws.ts';

forEveryScheme(zoneHoldsTheState);
