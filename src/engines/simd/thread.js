// What another thread runs, in Node and in pages alike: an instance of the module over the shared memory, which takes
// parts of calls until it is stopped. The build puts this text into vendor/simd.js, so that there is no file to find.

/** @param {{ module: WebAssembly.Module, memory: WebAssembly.Memory }} given */
function serve({ module, memory }) {
  const kernels = [];
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    operations: {
      // Its words: see `kernel` of calls.ts. The host's thread does the same in engine.ts.
      kernel(call, from, to) {
        const [slot, code, bytes] = new Uint32Array(memory.buffer, call + 8, 3);
        kernels[slot] ??= load(new Uint8Array(memory.buffer, code, bytes).slice());
        kernels[slot](call + 20, from, to);
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
