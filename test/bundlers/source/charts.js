import * as echarts from 'echarts';
import { train } from './train.js';

globalThis.result = train(echarts);
