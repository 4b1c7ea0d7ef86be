/** Whether every event is accounted for, and what a person should look at. */
import { z } from 'zod'
import { lossAccounting, type Loss } from '../loss.ts'
import type { AdminPorts } from '../ports.ts'
import { sealedUnderOldKeys } from '../secrets.ts'
import type { Api } from './reply.ts'

const accounting = z.object({
  events_in: z.number(), posted: z.number(), quarantined: z.number(), open: z.number(), missing: z.number(), difference: z.number().describe('0, or something is wrong (C3).'),
  estimated: z.number(), absent: z.number(), unpriced: z.number(), unposted: z.number(), oldest_unposted_ms: z.number().nullable(), unshipped: z.number().describe('Of the node that answers.'), oldest_unshipped_ms: z.number().nullable(),
})
const finding = z.object({ severity: z.enum(['warning', 'error']), says: z.string() })

const lateMs = 60_000

export function doctorApi(api: Api, { store, unshipped, snapshot, resources, masterKey }: AdminPorts): void {
  api.get('/admin/v1/doctor', { schema: { tags: ['operations'], summary: 'Loss accounting, and what needs attention', response: { 200: z.object({ accounting, findings: z.array(finding) }) } } }, async () => {
    // The journal is read first: a record that is shipped in between is then counted twice as waiting, never as arrived.
    const waiting = unshipped()
    const loss = await lossAccounting(store)
    const stored = await resources.version()
    const findings = findingsOf(loss, waiting)
    const serving = snapshot()?.version
    if (serving === undefined) findings.push({ severity: 'error', says: 'this node has not confirmed its snapshot for too long and admits nothing: see whether the database answers' })
    else if (serving < stored - 1) findings.push({ severity: 'warning', says: `this node serves version ${serving} of the resources, and ${stored} is stored` })
    if (await sealedUnderOldKeys(store, masterKey.keyring())) findings.push({ severity: 'warning', says: 'some secrets are sealed under an old master key: run weir secrets rotate' })
    return {
      accounting: {
        events_in: loss.eventsIn, posted: loss.posted, quarantined: loss.quarantined, open: loss.open, missing: loss.missing, difference: loss.difference, estimated: loss.estimated, absent: loss.absent,
        unpriced: loss.unpriced, unposted: loss.unposted, oldest_unposted_ms: loss.oldestUnpostedMs ?? null, unshipped: waiting.records, oldest_unshipped_ms: waiting.oldestMs ?? null,
      },
      findings,
    }
  })
}

function findingsOf(loss: Loss, waiting: ReturnType<AdminPorts['unshipped']>): z.infer<typeof finding>[] {
  const findings: z.infer<typeof finding>[] = []
  if (loss.difference !== 0) findings.push({ severity: 'error', says: `${Math.abs(loss.difference)} events are ${loss.difference > 0 ? 'neither posted nor in quarantine' : 'posted twice'}: keep the journals and report this` })
  if (loss.missing > 0) findings.push({ severity: 'error', says: `${loss.missing} records never arrived: their node had already forgotten them` })
  if (loss.quarantined > 0) findings.push({ severity: 'warning', says: `${loss.quarantined} events are in quarantine${loss.unpriced > 0 ? `, ${loss.unpriced} for want of a price` : ''}: see /admin/v1/quarantine, mend the cause, re-drive` })
  if ((loss.oldestUnpostedMs ?? 0) > lateMs) findings.push({ severity: 'warning', says: `${loss.unposted} shipped records wait for posting: see whether a node of role control runs` })
  if ((waiting.oldestMs ?? 0) > lateMs) findings.push({ severity: 'warning', says: `${waiting.records} records of this node are not shipped: see whether the database answers` })
  return findings
}
