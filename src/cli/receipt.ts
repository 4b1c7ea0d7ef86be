/** `weir receipt get`: a call's proof as a file that anybody can check. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { adminClient, type ServerOptions, withServer } from './admin-client.ts'
import { answered } from './answered.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'

interface Receipts { readonly data: readonly { readonly log: string; readonly index: string; readonly status: string; readonly leaf: string | null; readonly file: string | null }[]; readonly keys: readonly string[] }

export function receiptCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const receipt = program.command('receipt').description('proofs that a call was made as recorded')
  withServer(receipt.command('get').description('write the proof of each attempt of a call').argument('<call>', 'id of the call: x-weir-call-id of its answer'))
    .option('--out <folder>', 'where to write', '.')
    .option('--json', 'print JSON and write nothing')
    .addHelpText('after', `
Writes CALL-1.tlog-proof and so on. Check it with weir verify, or with the page
of the offline verifier; the key comes from weir log keys.

Example:
  weir receipt get call_01j2 --out proofs`)
    .action(async (call: string, options: ServerOptions & { readonly out: string; readonly json?: boolean }) => finish(await answered(context, adminClient(context, options).get<Receipts>(`/admin/v1/receipts/${encodeURIComponent(call)}`), (given) => {
      if (options.json === true) return context.out(JSON.stringify(given))
      given.data.forEach((one, at) => {
        const path = join(options.out, `${call}-${at + 1}.tlog-proof`)
        if (one.file === null) return context.note(`attempt ${at + 1} is leaf ${one.index} of ${one.log} and not under a checkpoint yet: ask again in a second`)
        writeFileSync(path, one.file)
        context.out(`${path}  leaf ${one.index} of ${one.log}`)
      })
      return given.data.every((one) => one.file !== null) ? exit.ok : exit.failed
    })))
}
