// What another thread runs, in Node and in pages alike: an instance of the module over the shared memory, which takes
// parts of calls until it is stopped. The build puts this text into vendor/simd.js, so that there is no file to find.

/** @param {{ module: WebAssembly.Module, wide: WebAssembly.Module | null, memory: WebAssembly.Memory }} given */
function serve({ module, wide, memory }) {
  const kernels = [];
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    products: wide ? new WebAssembly.Instance(wide, { env: { memory } }).exports : { isWide: 0, multiplyPanels() {} },
    operations: {
      // See `RunKernel` of module.ts. The host's thread has all kernels already.
      kernel(slot, code, codeBytes, words, from, to) {
        kernels[slot] ??= load(new Uint8Array(memory.buffer, code >>> 0, codeBytes).slice());
        kernels[slot](words, from, to);
      },
    },
  });
  function load(code) {
    const env = { memory, log: instance.exports.log4 };
    return new WebAssembly.Instance(new WebAssembly.Module(code), { env }).exports.run;
  }
  // The memory may have grown while this thread began. To let it grow by nothing tells this thread how large it is.
  memory.grow(0);
  instance.exports.serve();
}

addEventListener('message', ({ data }) => {
  postMessage('ready');
  serve(data);
  close();
});
