// The build that asks for no `process.env`: Rollup puts nothing in its place.
import * as echarts from 'echarts/dist/echarts.esm.min.mjs';
import { train } from './train.js';

globalThis.result = train(echarts);
