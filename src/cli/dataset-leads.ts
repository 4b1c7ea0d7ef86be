/** `weir dataset leads`: rows of a file that may be edited copies of captured answers. */
import type { Command } from 'commander'
import { adminClient, type Failure, isFailure, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { table } from './table.ts'

interface Options extends ServerOptions { readonly organization: string; readonly from?: string; readonly to?: string; readonly json?: boolean }
interface Answer { readonly data: readonly { readonly row: number; readonly call: string; readonly share: number; readonly text: string; readonly proof?: object }[]; readonly compared: number; readonly says: string }

const stringIn = (value: unknown, name: string): string | undefined => {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return typeof found === 'string' ? found : undefined
}

/** The text of a message's content, written plainly or in parts. */
function contentOf(message: unknown): string | undefined {
  const content: unknown = typeof message === 'object' && message !== null && 'content' in message ? message.content : undefined
  return Array.isArray(content) ? content.flatMap((part) => stringIn(part, 'text') ?? []).join('\n') : stringIn(message, 'content')
}

/** The texts of a row: every message of a conversation, since a copy may stand in any; else usual fields, or the line itself. */
function rowTexts(line: string): readonly string[] {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    if (cause instanceof SyntaxError) return [line]
    throw cause
  }
  const messages = (value as { messages?: unknown } | null)?.messages
  const said = Array.isArray(messages) ? messages.flatMap((message) => contentOf(message) ?? []) : ['prompt', 'input', 'output', 'response', 'completion', 'answer', 'text'].flatMap((name) => stringIn(value, name) ?? [])
  return said.length === 0 ? [line] : said
}

/** What the server compares at once, in texts and in bytes as they are sent, and the longest text that it takes. */
const textsAtOnce = 20_000
const bytesAtOnce = 12 * 1024 * 1024
const lettersAtOnce = 100_000
/** Parts of a longer text overlap by more than a copy's trace is long. */
const partStep = 95_000

/** A text, or its parts where the server would not take it whole. */
const partsOf = (text: string): readonly string[] =>
  text.length <= lettersAtOnce ? [text] : Array.from({ length: Math.ceil((text.length - lettersAtOnce) / partStep) + 1 }, (_, at) => text.slice(at * partStep, at * partStep + lettersAtOnce))

/** As many texts at a time as the server takes. */
function* batchesOf(texts: readonly Text[]): Generator<readonly Text[]> {
  let batch: Text[] = []
  let bytes = 0
  for (const each of texts) {
    const size = Buffer.byteLength(JSON.stringify(each.text)) + 1
    if (batch.length === textsAtOnce || (batch.length > 0 && bytes + size > bytesAtOnce)) {
      yield batch
      ;[batch, bytes] = [[], 0]
    }
    batch.push(each)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

interface Text { /** Of the file, from 0, empty lines left out. */ readonly row: number; /** From 1. */ readonly line: number; readonly text: string }
interface Found { readonly leads: readonly (Answer['data'][number] & { readonly line: number })[]; readonly compared: number; readonly says: string }

/** Asks about all texts, some at a time; of a line's texts the likeliest stands for it. */
async function compared(send: (rows: readonly string[]) => Promise<Answer | Failure>, texts: readonly Text[]): Promise<Found | Failure> {
  const likeliest = new Map<number, Found['leads'][number]>()
  let last: Answer | undefined
  for (const some of batchesOf(texts)) {
    const answer = await send(some.map(({ text }) => text))
    if (isFailure(answer)) return answer
    last = answer
    for (const lead of answer.data) {
      const { row, line } = some[lead.row] ?? { row: 0, line: 1 }
      if (lead.share > (likeliest.get(line)?.share ?? 0)) likeliest.set(line, { ...lead, row, line })
    }
  }
  return { leads: [...likeliest.values()].toSorted((a, b) => b.share - a.share || a.line - b.line), compared: last?.compared ?? 0, says: last?.says ?? '' }
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
      const lines = read.text.split('\n').flatMap((line, at) => (line.trim() === '' ? [] : [{ line: at + 1, texts: rowTexts(line).flatMap(partsOf) }]))
      if (lines.length === 0) {
        context.note(`${file} has no rows: one a line`)
        return finish(exit.usage)
      }
      const client = adminClient(context, options)
      const send = (rows: readonly string[]): Promise<Answer | Failure> => client.send<Answer>('POST', '/admin/v1/datasets/leads', { organization, rows, from, to })
      finish(await answered(context, compared(send, lines.flatMap(({ line, texts }, row) => texts.map((text) => ({ row, line, text })))), ({ leads, ...rest }) => {
        if (options.json === true) return context.out(JSON.stringify({ data: leads, ...rest }))
        if (leads.length > 0) for (const line of table([{ title: 'line', align: 'right' }, { title: 'share', align: 'right' }, { title: 'text' }, { title: 'captured call' }, { title: 'logged' }], leads.map((one) => [String(one.line), `${(one.share * 100).toFixed(0)} %`, one.text, one.call, one.proof === undefined ? 'no' : 'yes']))) context.out(line)
        context.note(`${leads.length} leads among ${lines.length} rows, compared with ${rest.compared} captured answers. ${rest.says}`)
      }))
    })
}
