import { Command } from 'commander';
import type { ReportPageOptions } from '../actions/run-report.ts';

export function reportCommand(): Command {
  return new Command('report')
    .description('Make the page of a report again, from a page or from the report.json in it.')
    .argument('<file>', 'a page that train --report wrote, or its report.json')
    .option('--out <file>', 'the page; when left out, the same file, or for report.json one beside it')
    .option('--json', 'print what the page shows as one JSON object; a page is written where --out says', false)
    .action(async (file: string, options: ReportPageOptions) => {
      const { runReport } = await import('../actions/run-report.ts');
      await runReport(file, options);
    });
}
