/** TensorFlow.js: `node child.mjs wasm|cpu core|layers`. */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { serve } from '../common/peer.mjs';
import { coreWork } from './core.mjs';
import { layersWork } from './layers.mjs';

const [backend, way] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
if (backend === 'wasm') {
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
}
await tf.setBackend(backend);
await tf.ready();
if (tf.getBackend() !== backend)
  throw new Error(`tfjs: the backend ${backend} was expected, but ${tf.getBackend()} came`);
const simd = backend === 'wasm' && (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'));

await serve({
  version: `${tf.version.tfjs}, ${backend}${simd ? ' with SIMD' : ''}`,
  prepare: async (task) => (way === 'layers' ? layersWork(tf, task) : coreWork(tf, task)),
});
