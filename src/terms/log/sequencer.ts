/**
 * The single sequencer. It signs only what is committed, one root a size, and only while its epoch is the latest:
 *
 *   committed (size, root) ─► row in terms_checkpoint ─► tiles, root checked ─► signature ─► note stored ─► checkpoint file
 *
 * A sequencer that was paused and wakes finds a newer epoch and stops; a crash at any arrow is finished by the next one
 * with the same size and root. It works at the priority of posting: behind constant posting, jobs would wait. A database that was restored from an old backup fails the tile check, before the signature.
 */
import type { Clock } from '../../kernel/clock.ts'
import type { Stop, Timers } from '../../kernel/timers.ts'
import { codeOf } from '../../store/error-code.ts'
import type { Sql, Store } from '../../store/store.ts'
import { readFrontier } from './append.ts'
import { checkpointText } from './checkpoint.ts'
import { rootOfFrontier } from './merkle.ts'
import { formatNote, formatVkey, signNote } from './note.ts'
import type { NoteSigner } from './note.ts'
import type { Objects } from './objects.ts'
import { checkpointPath, publishTiles, publishedTree } from './publish.ts'

export interface SequencerPorts {
  readonly store: Store
  readonly clock: Clock
  readonly timers: Timers
  /** A log's folder of tiles. */
  readonly objectsOf: (log: string) => Objects
  /** Keys that sign for a log: one, or two while a rotation is fresh. Their names are the origin. */
  readonly signersOf: (log: string, origin: string) => Promise<readonly NoteSigner[]>
  /** Told of each log that is not signed though it should be, and why: once until it is signed, or the reason is another. */
  readonly onTrouble: (log: string, trouble: Trouble | Error) => void
}

export type Trouble = 'fenced' | 'rewound' | 'forked'

export type Signed = { readonly status: 'signed'; readonly size: bigint; readonly note: string } | { readonly status: 'unchanged' } | { readonly status: Trouble }

/** Takes a log over: from here on no older sequencer can store a signature. */
export async function claimEpoch(store: Store, log: string): Promise<bigint> {
  const [row] = await store.query<{ epoch: string }>('posting', 'UPDATE terms_log SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch', [log])
  if (row === undefined) throw new Error(`no log ${log}: make it with ensureLog`)
  return BigInt(row.epoch)
}

interface Intent { readonly size: bigint; readonly root: Buffer; readonly note: string | null; readonly published: boolean }

/** Commits the (size, root) that is to be signed; undefined where another sequencer has taken over. */
async function intend(sql: Sql, log: string, epoch: bigint, now: number): Promise<Intent | undefined> {
  await sql('SELECT id FROM terms_log WHERE id = $1 FOR UPDATE', [log])
  const tree = await readFrontier(sql, log)
  if (tree.epoch !== epoch) return undefined
  const root = rootOfFrontier(tree)
  await sql('INSERT INTO terms_checkpoint (log, size, root, epoch, at_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (log, size) DO NOTHING', [log, String(tree.size), root, String(epoch), String(now)])
  const [row] = await sql<{ root: Buffer; note: string | null; published: boolean }>('SELECT root, note, published FROM terms_checkpoint WHERE log = $1 AND size = $2', [log, String(tree.size)])
  return row === undefined ? undefined : { size: tree.size, ...row }
}

/** Stores the signed note under the epoch; the note that stands, or undefined where the epoch is no longer ours. */
async function store(sql: Sql, log: string, epoch: bigint, size: bigint, note: string): Promise<string | undefined> {
  const [held] = await sql<{ epoch: string }>('SELECT epoch FROM terms_log WHERE id = $1 FOR SHARE', [log])
  if (held?.epoch !== String(epoch)) return undefined
  await sql('UPDATE terms_checkpoint SET note = $3 WHERE log = $1 AND size = $2 AND note IS NULL', [log, String(size), note])
  const [row] = await sql<{ note: string | null }>('SELECT note FROM terms_checkpoint WHERE log = $1 AND size = $2', [log, String(size)])
  return row?.note ?? undefined
}

/** One round for one log. Signs the committed tree where it has not been signed yet. */
export async function signLog(ports: SequencerPorts, log: string, epoch: bigint): Promise<Signed> {
  const objects = ports.objectsOf(log)
  const intent = await ports.store.transaction('posting', (sql) => intend(sql, log, epoch, ports.clock.now()))
  if (intent === undefined) return { status: 'fenced' }
  if (intent.note !== null && intent.published) {
    const shown = await publishedTree(objects)
    return shown.size > intent.size ? { status: 'rewound' } : { status: 'unchanged' }
  }
  const published = await publishTiles(ports.store, objects, log, intent.size, intent.root)
  if (published.status !== 'published') return { status: published.status }
  const note = intent.note ?? (await signAndStore(ports, log, epoch, intent))
  if (note === undefined) return { status: 'fenced' }
  await objects.write(checkpointPath, Buffer.from(note))
  await ports.store.query('posting', 'UPDATE terms_checkpoint SET published = true WHERE log = $1 AND size = $2', [log, String(intent.size)])
  return { status: 'signed', size: intent.size, note }
}

async function signAndStore(ports: SequencerPorts, log: string, epoch: bigint, intent: Intent): Promise<string | undefined> {
  const { origin } = await readFrontier((text, values) => ports.store.query('posting', text, values), log)
  const signers = await ports.signersOf(log, origin)
  const note = formatNote(await signNote(checkpointText({ origin, size: intent.size, root: intent.root }), signers))
  return ports.store.transaction('posting', async (sql) => {
    const stands = await store(sql, log, epoch, intent.size, note)
    if (stands !== undefined) {
      await sql('INSERT INTO terms_log_key (log, vkey) SELECT $1, unnest($2::text[]) WHERE NOT EXISTS (SELECT 1 FROM terms_log_key WHERE log = $1) ON CONFLICT DO NOTHING', [log, signers.slice(0, 1).map((signer) => formatVkey(signer.key))])
    }
    return stands
  })
}

/** Logs signed side by side: while one waits for the disk, another reads. */
const logsAtOnce = 4

/** A log that nobody has signed for this long may be taken over by a sequencer that had lost it. */
const silenceMs = 10_000

/** Trouble that keeps logs from being looked at: it is no single one's. */
const everyLog = ''

export interface Sequencer {
  /** One round over all logs that grew. Rounds never overlap. */
  readonly round: () => Promise<void>
  /** Stops the timer and waits for the round in progress. */
  readonly stop: () => Promise<void>
}

/** Signs all logs, twice a second by default: so a leaf is under a checkpoint at most a second after its posting. */
export function startSequencer(ports: SequencerPorts, intervalMs = 500): Sequencer {
  const epochs = new Map<string, bigint>()
  /** Logs that another sequencer took from us. We take one back only when its newest checkpoint has grown old. */
  const lost = new Set<string>()
  /** What was told last of each log, until it is signed again: twice a second says no more than once. */
  const told = new Map<string, string>()
  let running: Promise<void> | undefined
  let again = false
  let first = true

  const tell = (log: string, trouble: Trouble | Error): void => {
    // A disk's errors name files that are new with every try: their codes are what lasts.
    const reason = codeOf(trouble) ?? String(trouble)
    if (told.get(log) === reason) return
    told.set(log, reason)
    ports.onTrouble(log, trouble)
  }

  const mayClaim = async (log: string): Promise<boolean> => {
    if (!lost.has(log)) return true
    const [row] = await ports.store.query<{ at_ms: string | null }>('posting', 'SELECT max(at_ms) AS at_ms FROM terms_checkpoint WHERE log = $1', [log])
    return ports.clock.now() - Number(row?.at_ms ?? 0) > silenceMs
  }

  const signOne = async (log: string): Promise<void> => {
    try {
      if (!epochs.has(log)) {
        if (!(await mayClaim(log))) return
        epochs.set(log, await claimEpoch(ports.store, log))
        lost.delete(log)
      }
      const signed = await signLog(ports, log, epochs.get(log) as bigint)
      if (signed.status === 'fenced') {
        epochs.delete(log)
        lost.add(log)
      }
      if (signed.status === 'signed' || signed.status === 'unchanged') told.delete(log)
      else tell(log, signed.status)
    } catch (cause) {
      // A database or a disk that fails now may answer next round; the log stays unsigned and its operator is told.
      tell(log, cause instanceof Error ? cause : new Error(String(cause)))
    }
  }

  const run = async (): Promise<void> => {
    do {
      again = false
      const grown = await ports.store.query<{ id: string }>('posting',
        `SELECT id FROM terms_log l WHERE $1 OR NOT EXISTS (SELECT 1 FROM terms_checkpoint c WHERE c.log = l.id AND c.size = l.size AND c.published) ORDER BY id`, [first])
      told.delete(everyLog)
      // The first round looks at every log: a restored backup shows even where nothing has grown.
      first = false
      const waiting = grown.values()
      await Promise.all(Array.from({ length: logsAtOnce }, async () => { for (const { id } of waiting) await signOne(id) }))
    } while (again)
  }

  const round = (): Promise<void> => {
    if (running !== undefined) {
      again = true
      return running
    }
    running = run().catch((cause: unknown) => tell(everyLog, cause instanceof Error ? cause : new Error(String(cause)))).finally(() => { running = undefined })
    return running
  }

  const stopTimer: Stop = ports.timers.every(intervalMs, () => void round())
  return { round, stop: async () => { stopTimer(); await running } }
}
