import { Command } from 'commander';
import type { SearchStatusOptions } from '../../actions/search/run-search-status.ts';

export function searchStatusCommand(): Command {
  return new Command('status')
    .description('Say what a study has come to, also while a search works in it. The last line is its best trial.')
    .argument('<dir>', 'the folder of the study')
    .option('--report <file>', 'write an HTML report of the study, which stands alone')
    .option('--json', 'one JSON object a line, for programs', false)
    .action(async (study: string, options: SearchStatusOptions) => {
      const { runSearchStatus } = await import('../../actions/search/run-search-status.ts');
      await runSearchStatus(study, options);
    });
}
