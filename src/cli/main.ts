#!/usr/bin/env node
import { run } from './program.ts';

// A reader that closes the pipe early (`| head`) has seen enough: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  console.error(`keepgate: the results could not be written (${error.code}); check where they go`);
  process.exit(1);
});

process.exitCode = await run(process.argv.slice(2));
