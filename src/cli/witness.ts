/** `weir witness`: cosigns other people's logs. It needs no Weir installation, only the public keys of the logs that it watches. */
import { existsSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { Command } from 'commander'
import { writeSecretFile } from '../admin/secrets.ts'
import { cosignatureV1, ed25519, formatVkey, localSigner, parseVkey } from '../terms/log/note.ts'
import type { VerifierKey } from '../terms/log/note.ts'
import { openWitnessFile } from '../terms/log/witness-memory.ts'
import { witnessServer } from '../terms/log/witness-server.ts'
import { type CliContext, exit, type ExitCode } from './context.ts'
import { processInterrupts } from './interrupts.ts'

interface WitnessOptions { readonly name: string; readonly port: string; readonly host: string; readonly key: string; readonly memory: string; readonly log: readonly string[] }

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

export function witnessCommand(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program.command('witness').description('cosign checkpoints of logs that only grow')
    .requiredOption('--name <name>', 'name of this witness, as a schema-less URL')
    .requiredOption('--log <vkey>', 'public key of a log to watch; may be given again', gather)
    .option('--port <port>', 'port to listen on, 0 for any free one', '8090')
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--key <file>', 'its secret key; made where there is none', 'witness-key')
    .option('--memory <file>', 'what it has cosigned: never run two on one file', 'witness.sqlite')
    .addHelpText('after', `
Prints its own public key: the log's operator writes it into weir.yaml under
witnesses, and verifiers into their policy.

Example:
  weir witness --name auditor.example/w1 --port 8090 \\
    --log "weir.example/1f/receipts/acme+3d1e...+AR..."`)
    .action(async (options: WitnessOptions) => finish(await witness(options, context)))
}

/** The witness's seed: 32 bytes as base64 in a file for its owner only. */
function seedIn(path: string, context: CliContext): Buffer | { readonly failed: string } {
  if (!existsSync(path)) writeSecretFile(path, `${context.random.bytes(32).toString('base64')}\n`)
  const seed = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')
  return seed.length === 32 ? seed : { failed: `${path} is not a key of 32 bytes in base64` }
}

async function witness(options: WitnessOptions, context: CliContext): Promise<ExitCode> {
  const keys = options.log.map(parseVkey)
  const logs = new Map<string, VerifierKey[]>()
  for (const key of keys) if (key?.type === ed25519) logs.set(key.name, [...(logs.get(key.name) ?? []), key])
  const seed = seedIn(options.key, context)
  const failed = keys.some((key) => key?.type !== ed25519) ? 'a --log is not a verifier key of a log: weir log keys prints them' : 'failed' in seed ? seed.failed : /^\d{1,5}$/.test(options.port) ? undefined : '--port: expected a whole number'
  if (failed !== undefined || 'failed' in seed) {
    context.note(failed ?? '')
    return exit.usage
  }
  const memory = openWitnessFile(options.memory)
  const signer = localSigner(options.name, seed, cosignatureV1)
  const server = witnessServer({ signers: [signer], keysOf: (origin) => logs.get(origin), memory, seconds: () => BigInt(Math.floor(context.clock.now() / 1_000)) }, (cause) => context.note(cause instanceof Error ? cause.message : String(cause)))
  await new Promise<void>((resolve) => server.listen(Number(options.port), options.host, resolve))
  context.out(`http://${options.host}:${(server.address() as AddressInfo).port}`)
  context.out(formatVkey(signer.key))
  await processInterrupts(context).first
  server.closeAllConnections()
  server.close()
  memory.close()
  return exit.ok
}
