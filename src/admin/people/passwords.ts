/**
 * Passwords: argon2id with 19 MiB, 2 passes and 1 lane, what OWASP's Password Storage Cheat Sheet names as its first choice
 * (read 2026-11-28). Rules by length and a list of what everybody tries, as NIST SP 800-63B-4, 3.1.1.2 wants it: no rules
 * of composition, no expiry.
 */
import { argon2 } from 'node:crypto'
import type { Random } from '../../kernel/random.ts'
import { sameSecret } from '../../kernel/sealing.ts'

interface Cost {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 }
const tagLength = 32

/** At least 15 characters where a password is the only factor; with a second one 8 would do. Ours always has a second. */
export const passwordLeast = 12
/** Longer ones only cost time to hash. */
const passwordMost = 256

/** What is tried first everywhere, and what is tried first here; compared without digits and signs around it. */
const common = ['password', 'passw0rd', 'qwertyuiop', 'qwerty', 'letmein', 'welcome', 'iloveyou', 'administrator', 'admin', 'changeme', 'football', 'baseball', 'dragon', 'monkey', 'sunshine', 'princess', 'abcdefghijkl', 'abcdef', 'trustno', 'superman', 'starwars', 'whatever', 'correcthorsebatterystaple', 'weir', 'secret', 'default', 'example', 'company', 'summer', 'winter', 'spring', 'autumn', 'ciao', 'juventus', 'amoremio', 'qwertz', 'azerty', 'asdfghjkl', 'zxcvbnm', '']

/** Why a password will not do; undefined where it will. */
export function passwordFault(password: string, about: readonly string[]): string | undefined {
  const length = [...password].length
  if (length < passwordLeast) return `A password has at least ${passwordLeast} characters; a few words that do not belong together are easy to remember.`
  if (length > passwordMost) return `A password has at most ${passwordMost} characters.`
  const lower = password.normalize('NFKC').toLowerCase()
  const core = lower.replaceAll(/^[\d\W_]+|[\d\W_]+$/g, '')
  const halves = [core, core.slice(0, core.length / 2)]
  if (common.includes(core) || (halves[0] === `${halves[1]}${halves[1]}` && common.includes(halves[1] ?? ''))) return 'This password is among those that are tried first: choose another.'
  if (new Set(lower).size < 5) return 'This password repeats a few characters: choose another.'
  const names = about.flatMap((one) => [one, ...one.split(/[@\s]/)]).map((one) => one.toLowerCase()).filter((one) => one.length > 3)
  if (names.some((one) => core === one || lower === one)) return 'This password is a name that stands beside it: choose another.'
  return undefined
}

const derive = (password: string, salt: Buffer, { memory, passes, parallelism }: Cost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    argon2('argon2id', { message: password.normalize('NFKC'), nonce: salt, memory, passes, parallelism, tagLength }, (failed, key) => (failed === null ? resolve(key) : reject(failed)))
  })

const bare = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

/** A PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = random.bytes(16)
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${bare(salt)}$${bare(await derive(password, salt, cost))}`
}

const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** Of nobody: whoever asks about an unknown name waits as long as about a known one. */
const decoy = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${bare(Buffer.alloc(16))}$${bare(Buffer.alloc(tagLength))}`

/** Takes the same time whether there is a hash or not. `weak`: right, but hashed at a lower cost than today's. */
export async function checkPassword(password: string, hash: string | undefined): Promise<'right' | 'weak' | 'wrong'> {
  const [, memory = '', passes = '', parallelism = '', salt = '', wanted = ''] = form.exec(hash ?? decoy) ?? []
  if (salt === '') return 'wrong'
  const used: Cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const right = sameSecret(bare(await derive(password.slice(0, passwordMost * 4), Buffer.from(salt, 'base64'), used)), wanted)
  if (!right || hash === undefined) return 'wrong'
  return used.memory < cost.memory || used.passes < cost.passes ? 'weak' : 'right'
}
