// The command line has no option for the target.
export default {
  mode: 'production',
  target: 'node',
  entry: './node.js',
  output: { path: `${import.meta.dirname}/dist/node` },
};
