#!/usr/bin/env node
import { run } from './program.ts';

// A reader that closes the pipe early (`| head`) has seen enough: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  console.error(`keepgate: the results could not be written (${error.code}); check where they go`);
  process.exit(1);
});

// Not awaited here: Node has words of its own for a module that waits for what never comes.
run(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
