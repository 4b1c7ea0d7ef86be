/** `weir verify`: proofs, statements and signed manifests, checked offline with nothing but a public key. No server is asked. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Command } from 'commander'
import { verifierPage } from '../terms/verifier/page.ts'
import { type Finding, type Verdict, verifyFile } from '../terms/verifier/verify.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'

interface VerifyOptions { readonly page?: string; readonly key?: string; readonly policy?: string; readonly leaf?: string; readonly json?: boolean }

export function verifyCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program.command('verify').description('check a receipt, statement, pack or manifest offline').argument('[file]', 'a .tlog-proof, a statement of use, an answer, an evidence pack, a manifest')
    .option('--key <vkey>', 'the log\'s verifier key, or a file that holds it')
    .option('--policy <file>', 'a tlog-policy: logs, witnesses and quorum')
    .option('--leaf <file>', 'the receipt, where the proof does not carry it')
    .option('--page <file>', 'write the page that does the same in a browser, offline')
    .option('--json', 'print JSON')
    .addHelpText('after', `
Needs no network and no Weir: only the file and the public key, which you should
have from elsewhere than the file. weir log keys prints the keys. Files that a
manifest speaks of are compared where they lie beside it.

Examples:
  weir verify call_1.tlog-proof --key log.vkey
  weir verify statement.json --policy auditors.policy
  weir verify pack.json --key public.vkeys
  weir verify chat-1.manifest.json --key evidence.vkey
  weir verify --page verify.html`)
    .action(async (file: string | undefined, options: VerifyOptions) => {
      if (options.page !== undefined) {
        writeFileSync(options.page, verifierPage())
        context.note(`${options.page}: open it in a browser; it loads nothing and sends nothing`)
        if (file === undefined) return finish(exit.ok)
      }
      if (file === undefined) {
        context.note('name the file that is to be checked, or --page FILE for the browser\'s page')
        return finish(exit.usage)
      }
      finish(await verify(file, options, context))
    })
}

/** A manifest speaks of files by their hashes: those that lie beside it are compared, and of others it is said what they have to be. */
function withFiles(verdict: Verdict, folder: string): Verdict {
  const subjects = (verdict.receipt as { readonly subject?: unknown } | null | undefined)?.subject
  if (!verdict.ok || !Array.isArray(subjects)) return verdict
  const findings = (subjects as readonly { readonly name?: unknown; readonly digest?: { readonly sha256?: unknown } }[]).flatMap(({ name, digest }): readonly Finding[] => {
    if (typeof name !== 'string' || typeof digest?.sha256 !== 'string') return []
    const path = join(folder, basename(name))
    if (!existsSync(path)) return [{ ok: true, what: `${name} is not beside it and was not compared: its SHA-256 has to be ${digest.sha256}` }]
    return [createHash('sha256').update(readFileSync(path)).digest('hex') === digest.sha256 ? { ok: true, what: `${name} is the very file` } : { ok: false, what: `${path} is another file than the manifest speaks of: its SHA-256 has to be ${digest.sha256}` }]
  })
  return { ...verdict, ok: findings.every(({ ok }) => ok), findings: [...verdict.findings, ...findings] }
}

/** The text of a file, or the argument itself where it is a key and no file. */
function trustOf({ key, policy }: VerifyOptions, context: CliContext): { readonly text: string } | { readonly failed: string } {
  if ((key === undefined) === (policy === undefined)) return { failed: 'give --key or --policy, one of the two' }
  const given = policy ?? key ?? ''
  const read = context.readFile(given)
  if ('text' in read) return { text: read.text.trim() }
  return policy === undefined && given.includes('+') ? { text: given.trim() } : { failed: `${given}: ${read.failed}` }
}

async function verify(file: string, options: VerifyOptions, context: CliContext): Promise<ExitCode> {
  const read = context.readFile(file)
  const leaf = options.leaf === undefined ? undefined : context.readFile(options.leaf)
  const trust = trustOf(options, context)
  const failed = 'failed' in read ? `${file}: ${read.failed}` : leaf !== undefined && 'failed' in leaf ? `${options.leaf}: ${leaf.failed}` : 'failed' in trust ? trust.failed : undefined
  if (failed !== undefined || 'failed' in read || 'failed' in trust) {
    context.note(failed ?? '')
    return exit.usage
  }
  const verdict = withFiles(await verifyFile(read.text, trust.text, leaf === undefined || 'failed' in leaf ? undefined : Buffer.from(leaf.text)), dirname(file))
  if (options.json === true) context.out(JSON.stringify(verdict))
  else {
    for (const finding of verdict.findings) context.out(`${finding.ok ? 'ok   ' : 'WRONG'} ${finding.what}`)
    context.out(verdict.ok ? 'It verifies.' : 'It does not verify.')
  }
  return verdict.ok ? exit.ok : exit.differences
}
