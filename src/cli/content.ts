/** `weir content`: captured content, read after another person's word, and erased with an attestation. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { isoTime } from '../kernel/clock.ts'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import type { CliContext, ExitCode } from './context.ts'

type Json = ServerOptions & { readonly json?: boolean }
interface Access { readonly id: string; readonly call: string; readonly asked_by: string; readonly reason: string; readonly allowed_by: string | null; readonly until: string | null }

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

function erasedText({ erased, held }: { readonly erased: number; readonly held: number }): string {
  if (erased + held === 0) return 'nothing was erased: no captured content of this organization fits, or it is erased already'
  return `${erased} ${erased === 1 ? 'call' : 'calls'} erased${held === 0 ? '' : `, ${held} held`}`
}

export function contentCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const content = program.command('content').description('captured content: read with two people, erase')
  const print = (options: Json, text: string, whole: unknown): void => context.out(options.json === true ? JSON.stringify(whole) : text)
  withServer(content.command('ask').description('ask to read one call\'s content').argument('<call>')).requiredOption('--reason <text>', 'why').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir content ask call_01j2 --reason "complaint 4711"')
    .action(async (call: string, { reason, ...options }: Json & { readonly reason: string }) => finish(await answered(context, adminClient(context, options).send<{ readonly id: string }>('POST', '/admin/v1/content/requests', { call, reason }), (done) => print(options, `${done.id}: another person allows it with weir content allow ${done.id}`, done))))
  withServer(content.command('allow').description('allow what another person asked for').argument('<request>')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir content allow access_01j2')
    .action(async (id: string, options: Json) => finish(await answered(context, adminClient(context, options).send<{ readonly until: string }>('POST', `/admin/v1/content/requests/${encodeURIComponent(id)}/allow`, {}), (done) => print(options, `allowed until ${done.until}`, done))))
  withServer(content.command('read').description('read what was allowed; the reading is logged').argument('<request>')).option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir content read access_01j2')
    .action(async (id: string, options: Json) => finish(await answered(context, adminClient(context, options).get<{ readonly request: string; readonly response: string }>(`/admin/v1/content/requests/${encodeURIComponent(id)}/content`), (read) => print(options, `${read.request}\n\n${read.response}`, read))))
  withServer(content.command('requests').description('who asked, and who allowed it')).option('--call <id>', 'of one call').option('--json', 'print JSON').addHelpText('after', '\nExample:\n  weir content requests --call call_01j2')
    .action(async (options: Json & { readonly call?: string }) => finish(await answered(context, adminClient(context, options).get<{ readonly data: readonly Access[] }>('/admin/v1/content/requests', { call: options.call }), ({ data }) => print(options, data.map((one) => `${one.id}  ${one.call}  ${one.asked_by}: ${one.reason}  ${one.allowed_by === null ? 'not allowed' : `allowed by ${one.allowed_by} until ${one.until}`}`).join('\n'), data))))
  withServer(content.command('erase').description('destroy content, keys and salts')).requiredOption('--organization <name>', 'whose').requiredOption('--reason <text>', 'why').option('--call <id>', 'this call; may be given again', gather).option('--before <time>', 'all that is older').option('--out <file>', 'write the signed attestation').option('--json', 'print JSON')
    .addHelpText('after', '\nThe receipts stand and can no longer be opened. What is held stays.\n\nExample:\n  weir content erase --organization acme --before 2026-10-01 \\\n    --reason "retention" --out erasure.json')
    .action(async ({ organization, reason, call, before, out, ...options }: Json & { readonly organization: string; readonly reason: string; readonly call?: readonly string[]; readonly before?: string; readonly out?: string }) =>
      finish(await answered(context, adminClient(context, options).send<{ readonly erased: number; readonly held: number; readonly attestation: unknown }>('POST', '/admin/v1/content/erase', { organization, reason, calls: call, before: before === undefined || Number.isNaN(Date.parse(before)) ? before : isoTime(Date.parse(before)) }), (done) => {
        if (out !== undefined && done.attestation !== null) writeFileSync(out, `${JSON.stringify(done.attestation)}\n`)
        print(options, erasedText(done), done)
      })))
}
