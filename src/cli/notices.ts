/** `weir notices`: suppliers' notices about our use, the calls that they are about, and our answer. */
import { writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { isoTime } from '../kernel/clock.ts'
import { noticeForms } from '../terms/mirror/notice.ts'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { jsonIn } from './json-in.ts'
import { watchCommands } from './notice-watches.ts'
import { wrapped } from './table.ts'

type Json = ServerOptions & { readonly json?: boolean }
type Finish = (code: ExitCode) => void

interface Notice {
  readonly id: string; readonly party: string; readonly external: string; readonly form: string; readonly organization: string; readonly at: string; readonly action: string | null; readonly says: string | null; readonly until: string | null; readonly case: string | null; readonly trouble: string | null
  readonly matched: { readonly calls: number; readonly scanned: number; readonly closed: number; readonly through_account: number | null } | null
  readonly imposed: { readonly account: string; readonly action: 'block' | 'throttle'; readonly percent: number | null; readonly until: string | null } | null
  readonly calls: readonly { readonly call: string; readonly organization: string; readonly by: string; readonly at: string }[]
}
interface Source { readonly id: string; readonly party: string; readonly organization: string; readonly webhook_path: string; readonly reads_cases: boolean; readonly refused: number }
interface Answer { readonly sha256: string; readonly keys: readonly string[]; readonly envelope: unknown }

const pathOf = (...parts: readonly string[]): string => ['/admin/v1/notices', ...parts.map(encodeURIComponent)].join('/')
const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
const instantText = (text: string): string => (Number.isNaN(Date.parse(text)) ? text : isoTime(Date.parse(text)))

function imposedText({ account, action, percent, until }: NonNullable<Notice['imposed']>): string {
  const what = action === 'block' ? `Account ${account} is out of rotation` : percent === null ? `Account ${account} keeps its calls, as nobody said to what they are throttled` : `Account ${account} keeps ${percent} % of the calls that another place may serve`
  return `${what}, until ${until === null ? 'the account is read without it' : until.slice(0, 16).replace('T', ' ')}; a person ends it by reinstating the account.`
}

function noticeText(one: Notice): readonly string[] {
  const { matched } = one
  return [
    `${one.id}  ${one.party}  ${one.action ?? 'not read yet'}  ${one.organization === '*' ? 'nobody in particular' : one.organization}  ${one.at.slice(0, 10)}`,
    ...(one.case === null ? [] : [`  answered by ${one.case}`]),
    ...(one.says === null ? [] : wrapped(one.says, '  ')), ...(one.trouble === null ? [] : wrapped(`Trouble: ${one.trouble}. It is tried again.`, '  ')),
    ...(matched === null ? [] : wrapped(`${matched.calls} of ${matched.scanned} receipts match${matched.through_account === null ? '' : `, ${matched.through_account} went through that account`}${matched.closed === 0 ? '' : `; ${matched.closed} can no longer be compared, their salts are erased`}.`, '  ')),
    ...(one.imposed === null ? [] : wrapped(imposedText(one.imposed), '  ')),
    ...one.calls.slice(0, 20).map((call) => `  ${call.call}  ${call.organization}  by ${call.by}  ${call.at.slice(0, 16).replace('T', ' ')}`),
  ]
}

function readCommands(notices: Command, context: CliContext, finish: Finish): void {
  withServer(notices.command('list').description('notices, the latest first')).option('--organization <name>', 'about one organization').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir notices list')
    .action(async ({ organization, ...options }: Json & { readonly organization?: string }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Notice[] }>(pathOf(), { organization }), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      if (data.length === 0) return context.note('no notices')
      for (const one of data) context.out(noticeText(one)[0] ?? '')
    })))
  withServer(notices.command('show').description('a notice and the calls that match it').argument('<notice>')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir notices show notice_01j2')
    .action(async (id: string, options: Json) => finish(await answered(context, adminClient(context, options).get<Notice>(pathOf(id)), (one) => {
      if (options.json === true) return context.out(JSON.stringify(one))
      for (const line of noticeText(one)) context.out(line)
    })))
}

function importCommand(notices: Command, context: CliContext, finish: Finish): void {
  withServer(notices.command('import').description('import a notice: match calls, open a case').argument('<file>', 'the notice as JSON, as it came')).requiredOption('--party <name>', 'maker or channel that sent it').addOption(new Option('--form <form>', 'what it is').choices(noticeForms).makeOptionMandatory())
    .option('--organization <name>', 'whose use it is about; left out: found by the calls').option('--json', 'print JSON')
    .addHelpText('after', `
Forms: openai-event (the webhook), openai-safety-case (GET /v1/safety/cases/ID),
azure-abuse-penalty (the account with its abusePenalty, or that alone),
weir-case (another Weir's case), letter:
  { "reference": "4711", "says": "…", "identifiers": [], "request_ids": [] }
Exports of rows made by that party's models become a question for two people.

Example:
  weir notices import penalty.json --party azure --form azure-abuse-penalty`)
    .action(async (file: string, { party, form, organization, ...options }: Json & { readonly party: string; readonly form: string; readonly organization?: string }) => {
      const body = jsonIn(file, context)
      if (body === undefined) return finish(exit.usage)
      finish(await answered(context, adminClient(context, options).send<Notice>('POST', pathOf(), { party, form, organization, body: body.value }), (one) => {
        if (options.json === true) return context.out(JSON.stringify(one))
        for (const line of noticeText(one)) context.out(line)
        context.note(`look into it: weir cases show ${one.case ?? ''}; answer it: weir notices respond ${one.id} --help`)
      }))
    })
}

interface Responding extends Json { readonly says: string; readonly open?: readonly string[]; readonly content?: readonly string[]; readonly from: string; readonly to: string; readonly organization?: string; readonly out: string; readonly keys?: string }

function respondCommand(notices: Command, context: CliContext, finish: Finish): void {
  withServer(notices.command('respond').description('the signed answer: opens some records, proves the rest in sum').argument('<notice>')).requiredOption('--says <text>', 'your answer; the supplier reads it')
    .requiredOption('--from <time>', 'the period whose use is stated').requiredOption('--to <time>', 'its end').option('--open <call>', 'open this call\'s record; may be given again', gather).option('--content <call>', 'and its content, which another person has allowed you to read; may be given again', gather)
    .option('--organization <name>', 'where the notice names none').requiredOption('--out <file>', 'where to write it').option('--keys <file>', 'write the public keys that verify it').option('--json', 'print JSON')
    .addHelpText('after', `
Every other record of the period stays closed: its usage counts in sums that
rebuild the signed log, its key, purpose, user and content stay commitments.

Example:
  weir notices respond notice_01j2 --from 2026-11-01 --to 2026-12-01 \\
    --says "Captions for the feed; no training." --open call_01j2 \\
    --out answer.json --keys answer.vkeys
  weir verify answer.json --key answer.vkeys`)
    .action(async (id: string, { says, open, content, from, to, organization, out, keys, ...options }: Responding) =>
      finish(await answered(context, adminClient(context, options).send<Answer>('POST', pathOf(id, 'response'), { says, calls: open, content, from: instantText(from), to: instantText(to), organization }), (answer) => {
        writeFileSync(out, `${JSON.stringify(answer.envelope)}\n`)
        if (keys !== undefined) writeFileSync(keys, `${answer.keys.join('\n')}\n`)
        context.out(options.json === true ? JSON.stringify({ file: out, sha256: answer.sha256, keys: answer.keys }) : `${out}: SHA-256 of its content ${answer.sha256}`)
        context.note(`check it with weir verify ${out} --key ${keys ?? 'KEYS'}`)
      })))
}

function sourceCommands(notices: Command, context: CliContext, finish: Finish): void {
  withServer(notices.command('sources').description('suppliers that may send webhooks')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir notices sources')
    .action(async (options: Json) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Source[] }>('/admin/v1/notice-sources'), ({ data }) => {
      if (options.json === true) return context.out(JSON.stringify(data))
      if (data.length === 0) return context.note('no supplier may send webhooks: weir notices source --help')
      for (const one of data) {
        context.out(`${one.party.padEnd(12)}  ${one.organization.padEnd(12)}  ${one.webhook_path}`)
        if (!one.reads_cases) context.out('  has no key that reads cases: register it with WEIR_NOTICE_KEY')
        if (one.refused > 0) context.out(`  ${one.refused} refused for signature or time: weir log governance`)
      }
    })))
  withServer(notices.command('source').description('register a supplier\'s webhooks').argument('<party>', 'maker or channel')).option('--organization <name>', 'whose use its account stands for').option('--base-url <url>', 'where cases are read; default OpenAI\'s').option('--json', 'print JSON')
    .addHelpText('after', `
The signing secret is read from WEIR_NOTICE_SECRET, a key that may read safety
cases from WEIR_NOTICE_KEY: neither belongs on a command line.

Example:
  WEIR_NOTICE_SECRET=whsec_… weir notices source openai`)
    .action(async (party: string, { organization, baseUrl, ...options }: Json & { readonly organization?: string; readonly baseUrl?: string }) => {
      const secret = context.env['WEIR_NOTICE_SECRET']
      if (secret === undefined || secret === '') {
        context.note('set WEIR_NOTICE_SECRET to the signing secret that the sender shows, whsec_…')
        return finish(exit.usage)
      }
      finish(await answered(context, adminClient(context, options).send<Source>('POST', '/admin/v1/notice-sources', { party, organization, base_url: baseUrl, secret, api_key: context.env['WEIR_NOTICE_KEY'] === '' ? undefined : context.env['WEIR_NOTICE_KEY'] }), (one) => {
        context.out(options.json === true ? JSON.stringify(one) : `${one.id}: have ${one.party} deliver to this server at ${one.webhook_path}`)
      }))
    })
}

export function noticesCommand(program: Command, context: CliContext, finish: Finish): void {
  const notices = program.command('notices').description('suppliers\' notices about our use: import, match, answer')
  readCommands(notices, context, finish)
  importCommand(notices, context, finish)
  respondCommand(notices, context, finish)
  sourceCommands(notices, context, finish)
  watchCommands(notices, context, finish)
}
