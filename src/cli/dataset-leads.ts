/** `weir dataset leads`: rows of a file that may be edited copies of captured answers. */
import type { Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { table } from './table.ts'

interface Options extends ServerOptions { readonly organization: string; readonly from?: string; readonly to?: string; readonly json?: boolean }
interface Answer { readonly data: readonly { readonly row: number; readonly call: string; readonly share: number; readonly text: string; readonly proof?: object }[]; readonly compared: number; readonly says: string }

const stringIn = (value: unknown, name: string): string | undefined => {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return typeof found === 'string' ? found : undefined
}

/** The text of a row: the last message of a conversation, a usual field, or the line itself. */
function rowText(line: string): string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    if (cause instanceof SyntaxError) return line
    throw cause
  }
  const messages = (value as { messages?: unknown } | null)?.messages
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined
  return stringIn(last, 'content') ?? ['output', 'response', 'completion', 'answer', 'text'].map((name) => stringIn(value, name)).find((text) => text !== undefined) ?? line
}

export function leadsCommand(dataset: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  withServer(dataset.command('leads').description('rows that may be edited copies of captured answers').argument('<file>', 'JSON lines, or a text a line')).requiredOption('--organization <name>', 'whose captured calls')
    .option('--from <time>', 'captured from then on').option('--to <time>', 'captured before then').option('--json', 'print JSON')
    .addHelpText('after', '\nLeads for a person to look at, not proof: half of the words replaced is found\nonce in five, and code of the same kind is named wrongly now and then. The rows\nare compared and not kept; what is captured is shown to nobody. Logged: the\nreceipt committed to the answer\'s fingerprints; --json prints what opens it.\n\nExample:\n  weir dataset leads rows.jsonl --organization acme')
    .action(async (file: string, { organization, from, to, ...options }: Options) => {
      const read = context.readFile(file)
      if ('failed' in read) {
        context.note(`${file}: ${read.failed}`)
        return finish(exit.usage)
      }
      const lines = read.text.split('\n').flatMap((line, at) => (line.trim() === '' ? [] : [{ number: at + 1, text: rowText(line) }]))
      if (lines.length === 0) {
        context.note(`${file} has no rows: one a line`)
        return finish(exit.usage)
      }
      const rows = lines.map(({ text }) => text)
      finish(await answered(context, adminClient(context, options).send<Answer>('POST', '/admin/v1/datasets/leads', { organization, rows, from, to }), (answer) => {
        if (options.json === true) return context.out(JSON.stringify(answer))
        if (answer.data.length > 0) for (const line of table([{ title: 'line', align: 'right' }, { title: 'share', align: 'right' }, { title: 'text' }, { title: 'captured call' }, { title: 'logged' }], answer.data.map((one) => [String(lines[one.row]?.number ?? one.row + 1), `${(one.share * 100).toFixed(0)} %`, one.text, one.call, one.proof === undefined ? 'no' : 'yes']))) context.out(line)
        context.note(`${answer.data.length} leads among ${rows.length} rows, compared with ${answer.compared} captured answers. ${answer.says}`)
      }))
    })
}
