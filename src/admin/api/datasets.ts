/** Datasets through the export gate; models with their ancestors; publications with their duties. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { isoTime } from '../../kernel/clock.ts'
import type { Json } from '../../kernel/canonical-json.ts'
import { modelBill } from '../../terms/dataset/bill-of-materials.ts'
import { groupsOf, recordStop, sourceName } from '../../terms/dataset/create-dataset.ts'
import type { ExportPlan } from '../../terms/dataset/gate.ts'
import { comesFrom, inherit, lineOf } from '../../terms/dataset/lineage.ts'
import type { Ancestor } from '../../terms/dataset/lineage.ts'
import { holdName, readLineage, register } from '../../terms/dataset/lineage-store.ts'
import type { Registered } from '../../terms/dataset/lineage-store.ts'
import { isTelephoneCountry } from '../../terms/dataset/redaction.ts'
import { publish, train } from '../../terms/dataset/training.ts'
import type { Judged } from '../../terms/dataset/training.ts'
import { recordEvent } from '../../terms/log/governance.ts'
import { currentPurpose } from '../../terms/register/register.ts'
import type { Duty } from '../../terms/policy/evaluate.ts'
import type { HeldPoint } from '../../terms/cases/restriction.ts'
import { caseStops } from '../case-gate.ts'
import { leavesNow, makeDataset, makeUuid } from '../make-dataset.ts'
import type { AdminPorts } from '../ports.ts'
import { adminSql, inForce } from '../terms-desk.ts'
import { type Api, Failed, instant, listOf, nameIn, nameParam, notFound } from './reply.ts'

const tags = ['datasets']
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'letters, digits and . _ -, at most 128 characters')
const rowsMax = 200_000

const ancestor = z.object({ id: z.string(), kind: z.string(), organization: z.string(), origin: z.string(), flags: z.array(z.string()), licences: z.array(z.string()), from: z.array(z.string()), sources: z.array(z.string()), version: z.number(), actor: z.string(), at: z.string() })
const shown = (one: Registered): z.infer<typeof ancestor> => ({
  id: one.id, kind: one.kind, organization: one.organization, origin: one.origin, flags: [...one.flags], licences: [...one.licences], from: [...one.from], sources: one.sources.map(sourceName), version: one.version, actor: one.actor, at: isoTime(one.atMs),
})

const planShown = (plan: ExportPlan): Record<string, unknown> => ({
  rows: plan.passed.length, flags: plan.flags, licences: plan.licences, exclusions: plan.exclusions, duties: plan.duties.map(({ clause, obligation }) => ({ clause, obligation })),
  groups: plan.groups.map(({ source, rows, outcome, refusedBy, says, approval, termsHash }) => ({ maker: source.maker, channel: source.channel, model: source.model ?? null, origin: source.origin, terms_hash: termsHash ?? null, rows, outcome, refused_by: refusedBy ?? null, says: says ?? null, approval: approval ?? null })),
  until: plan.untilMs === undefined ? null : isoTime(plan.untilMs),
})

const rowBody = z.strictObject({
  id: z.string().min(1), messages: z.array(z.strictObject({ role: z.enum(['system', 'user', 'assistant', 'tool']), content: z.string() })).min(1),
  stated: z.strictObject({ origin: z.enum(['human', 'licensed', 'own-model', 'unknown']), licence: z.string().optional() }),
})
const createBody = z.strictObject({
  name: fileName, organization: z.string(), purpose: z.string(), format: z.enum(['jsonl', 'parquet']).default('jsonl'),
  calls: z.strictObject({ from: instant.optional(), to: instant.optional(), projects: z.array(z.string()).optional(), models: z.array(z.string()).optional(), purposes: z.array(z.string()).optional() }).optional().describe('Captured calls to take; left out: none.'),
  limit: z.number().int().min(1).max(rowsMax).default(50_000), rows: z.array(rowBody).default([]), redact: z.boolean().default(true), country: z.string().refine(isTelephoneCountry, 'a country of ISO 3166-1 in two capitals, such as DE: telephone numbers without a country code are read as its own').optional(),
})

/** By a wrong clock nobody can tell whether a purpose, an attestation or a case still holds. */
function refuseSkewed({ clockFault }: AdminPorts): void {
  const says = clockFault()
  if (says !== undefined) throw new Failed(503, 'clock_skewed', says)
}

async function refuseRestricted(ports: AdminPorts, point: HeldPoint, about: { readonly organization: string; readonly purpose?: string }, subject: string, actor: string | undefined): Promise<void> {
  refuseSkewed(ports)
  const says = await caseStops(ports, point, about, subject, actor ?? 'console')
  if (says !== undefined) throw new Failed(403, 'restricted', says)
}

/** A file leaves when it is fetched: whatever has changed since it was made is asked about then. */
async function refuseLeaving(ports: AdminPorts, made: Registered, actor: string | undefined): Promise<void> {
  const { store, clock, terms: desk } = ports
  const about = { organization: made.organization, purpose: wordIn(made.body, 'purpose', '') }
  await refuseRestricted(ports, 'export', about, `dataset/${made.id}`, actor)
  const found = await leavesNow({ store, clock, desk }, about, (termsHash) => groupsOf(made, termsHash))
  if (found === undefined) return
  await store.transaction('admin', async (sql) => {
    await recordStop(sql, { organization: made.organization, name: made.id }, found, clock.now())
    await recordEvent(sql, { kind: 'export-refused', atMs: clock.now(), actor: actor ?? 'console', subject: `dataset/${made.id}`, body: { purpose: about.purpose, says: found.says } })
  })
  throw new Failed(403, 'not_permitted', `${made.id} was made and may not be fetched now: ${found.says}`)
}

function datasetRoutes(api: Api, ports: AdminPorts): void {
  const { store, clock, resources, terms: desk } = ports
  api.post('/admin/v1/datasets', { schema: { tags, summary: 'Make a dataset through the export gate; what may not leave is counted under its clause', body: createBody, response: { 200: z.record(z.string(), z.unknown()) } } }, async (request) => {
    const { calls, rows, country, ...rest } = request.body
    await refuseRestricted(ports, 'export', rest, `dataset/${rest.name}`, request.actor)
    if (calls === undefined && rows.length === 0) throw new Failed(422, 'nothing_asked', 'Nothing is asked for: take captured calls, give rows, or both.')
    if (calls?.from !== undefined && calls.to !== undefined && Date.parse(calls.from) >= Date.parse(calls.to)) throw new Failed(422, 'empty_period', `The period ends before it begins: ${calls.from} to ${calls.to}.`)
    const filter = calls === undefined ? undefined : {
      organization: rest.organization, fromMs: calls.from === undefined ? 0 : Date.parse(calls.from), toMs: calls.to === undefined ? clock.now() + 1 : Date.parse(calls.to),
      ...(calls.projects === undefined ? {} : { projects: calls.projects }), ...(calls.models === undefined ? {} : { models: calls.models }), ...(calls.purposes === undefined ? {} : { purposes: calls.purposes }),
    }
    const stated = rows.map(({ stated: { origin, licence }, ...row }) => ({ ...row, stated: { origin, ...(licence === undefined ? {} : { licence }) } }))
    const made = await makeDataset({ store, clock, timers: ports.timers, random: resources.ports.random, desk }, { ...rest, calls: filter, rows: stated, country, actor: request.actor ?? 'console' })
    switch (made.status) {
      case 'unknown-purpose': throw notFound(`purpose ${rest.purpose} of ${rest.organization} is not registered, or has expired: weir terms put purposes FILE`)
      case 'exists': throw new Failed(409, 'exists', `${rest.name} exists already: a dataset is made once, so choose another name`)
      case 'failed': throw new Failed(409, 'refused', made.says)
      case 'made': return { status: 'made', name: rest.name, files: [...made.files], duplicates: made.dropped, unusable: made.unusable, cut: made.cut, redacted: made.redacted, ...planShown(made.plan) }
      case 'refused': return { status: 'refused', name: rest.name, files: [], duplicates: made.dropped, unusable: made.unusable, cut: made.cut, redacted: made.redacted, says: made.says, ...planShown(made.plan) }
    }
  })
  api.get('/admin/v1/datasets/:name/files/:file', { schema: { tags, summary: 'One exported file; fetching it is logged', params: z.object({ name: fileName, file: fileName }) } }, async (request, reply) => {
    const { name, file } = request.params
    const made = (await readLineage(adminSql(store))).get(name)
    // A file without its record, such as a restored database leaves behind, is one that nobody can be asked about.
    if (made?.body['manifest'] === undefined) throw notFound(`no dataset ${name} that was made through the export gate is registered: weir dataset list`)
    await refuseLeaving(ports, made, request.actor)
    const bytes = await desk.exports.read(`${name}/${file}`)
    if (bytes === undefined) throw notFound(`no file ${file} of ${name} on this node`)
    await store.transaction('admin', (sql) => recordEvent(sql, { kind: 'export-fetched', atMs: clock.now(), actor: request.actor ?? 'console', subject: `dataset/${name}`, body: { file, sha256: createHash('sha256').update(bytes).digest('hex') } }))
    return reply.type(file.endsWith('.json') ? 'application/json' : 'application/octet-stream').send(bytes)
  })
}

const judgement = z.object({ status: z.enum(['recorded', 'refused']), outcome: z.string(), says: z.array(z.string()), clauses: z.array(z.string()), approval: z.string().nullable(), flags: z.array(z.string()), licences: z.array(z.string()), duties: z.array(z.object({ clause: z.string(), obligation: z.string(), met: z.boolean() })) })
const judged = (one: Judged): z.infer<typeof judgement> => ({ status: one.status, outcome: one.outcome, says: [...one.says], clauses: [...one.clauses], approval: one.approval ?? null, flags: [...one.flags], licences: [...one.licences], duties: one.duties.map((duty) => ({ ...duty })) })

const wordIn = (body: { readonly [key: string]: Json | undefined }, name: string, otherwise: string): string => {
  const value = body[name]
  return typeof value === 'string' ? value : otherwise
}

/** The bill of materials of a registered model: its datasets however far back, its base weights, its duties. */
async function billOf(ports: AdminPorts, id: string): Promise<Json> {
  const known = await readLineage(adminSql(ports.store))
  const found = known.get(id)
  if (found === undefined) throw notFound(`no model ${id} is registered`)
  const ancestors = lineOf(id, known).slice(1)
  const run = ancestors.find((one) => one.kind === 'run')
  const parameters = run?.body['parameters'] as { readonly [key: string]: Json } | undefined
  const publication = found.body['publication'] as { readonly duties?: readonly Duty[] } | undefined
  const inherited = inherit([id], known)
  const { engine } = await inForce(ports.terms, ports.store)
  // Before a publication has been decided, what sticks to it is outstanding; an exception sticks as a flag and is no duty.
  const carried = inherited.flags.flatMap((flag): readonly Duty[] => (engine.set?.clauses ?? []).filter((clause) => clause.id === flag && clause.kind === 'oblige').map((clause) => ({ clause: flag, obligation: engine.obligation(clause), met: false })))
  return modelBill({
    serial: makeUuid(ports.resources.ports.random), atMs: ports.clock.now(),
    model: { name: id, version: String(found.version), description: `purpose ${wordIn(found.body, 'purpose', 'unknown')}`, task: wordIn(parameters ?? {}, 'task', 'text-generation'), licences: inherited.licences, ...(typeof parameters?.['sha256'] === 'string' ? { sha256: parameters['sha256'] } : {}) },
    baseModels: ancestors.filter((one) => one.kind === 'weights' || one.kind === 'model').map((one) => ({ name: one.id, licences: one.licences })),
    datasets: ancestors.filter((one) => one.kind === 'dataset').map((one) => ({
      id: one.id, name: one.id, description: `purpose ${wordIn(one.body, 'purpose', 'unknown')}, origin ${one.origin}`, manifestSha256: createHash('sha256').update(JSON.stringify(one.body['manifest'] ?? null)).digest('hex'),
      rows: Number(one.body['rows'] ?? 0), sources: one.sources.map(sourceName), owner: one.organization, sensitive: false,
    })),
    duties: publication?.duties ?? carried,
    flags: inherited.flags,
  })
}

function modelRoutes(api: Api, ports: AdminPorts): void {
  const { store, clock, terms: desk } = ports
  const trainBody = z.strictObject({ model: fileName, organization: z.string(), purpose: z.string(), from: z.array(z.string()).min(1), parameters: z.record(z.string(), z.string()).default({}) })
  api.post('/admin/v1/models/trainings', { schema: { tags, summary: 'Register a training run with all that went into it; refused where a clause forbids it', body: trainBody, response: { 200: judgement } } }, async (request) => {
    const { organization, purpose: id } = request.body
    await refuseRestricted(ports, 'train', request.body, `model/${request.body.model}`, request.actor)
    const { engine, register: registered } = await inForce(desk, store)
    const purpose = currentPurpose(registered, organization, id, clock.now())
    if (purpose === undefined) throw notFound(`purpose ${id} of ${organization} is not registered, or has expired`)
    const done = await train({ store, clock, engine, register: registered }, { ...request.body, purpose, actor: request.actor ?? 'console' })
    if (done.status === 'taken') throw new Failed(409, 'exists', done.says)
    return judged(done)
  })
  const publishBody = z.strictObject({ id: z.string(), organization: z.string(), name: z.string().optional(), distribution: z.enum(['internal', 'external']), fulfilled: z.record(z.string(), z.string().trim().min(1, 'where the evidence is')).default({}).describe('Duties, or parts of them, with where the evidence is.') })
  api.post('/admin/v1/publications', { schema: { tags, summary: 'Publish a model or dataset; every duty of every ancestor is asked for', body: publishBody, response: { 200: judgement } } }, async (request) => {
    if (request.body.distribution === 'external') await refuseRestricted(ports, 'publish', request.body, `publication/${request.body.id}`, request.actor)
    else refuseSkewed(ports)
    const { engine, register: registered } = await inForce(desk, store)
    const { name, ...rest } = request.body
    const done = await publish({ store, clock, engine, register: registered }, { ...rest, ...(name === undefined ? {} : { name }), actor: request.actor ?? 'console' })
    if (done === undefined) throw notFound(`nothing called ${request.body.id} is registered for ${request.body.organization}`)
    return judged(done)
  })
  api.get('/admin/v1/lineage/:id/bom', { schema: { tags, summary: 'The model\'s bill of materials, CycloneDX 1.7', params: z.object({ id: nameParam }) } }, async (request, reply) => reply.type('application/vnd.cyclonedx+json').send(JSON.stringify(await billOf(ports, nameIn(request.params.id)))))
}

const entered = z.strictObject({
  organization: z.string(), kind: z.enum(['dataset', 'model', 'weights']), origin: z.enum(['known', 'unknown']).default('unknown'), licences: z.array(z.string()).default([]), flags: z.array(z.string()).default([]), from: z.array(z.string()).default([]),
  maker: z.string().optional().describe('Of weights: who made them.'), evidence: z.string().optional().describe('Where the origin is shown: needed to clear an unknown one.'),
})

const together = (before: readonly string[] | undefined, more: readonly string[]): string[] => [...new Set([...(before ?? []), ...more])].sort()

/** What an entry by hand makes of what is registered: it adds, and takes nothing away. */
function enteredAs(id: string, { organization, kind, origin, licences, flags, from, maker, evidence }: z.infer<typeof entered>, known: ReadonlyMap<string, Registered>, actor: string): { readonly one: Ancestor; readonly more: Registered['body'] } {
  const before = known.get(id)
  if (before !== undefined && (before.kind !== kind || before.organization !== organization)) throw new Failed(409, 'exists', `${id} is a ${before.kind} of ${before.organization}: choose another name`)
  if (before?.body['manifest'] !== undefined || before?.kind === 'run') throw new Failed(409, 'refused', `${id} came out of the export gate: its record stands`)
  if (origin === 'known' && evidence === undefined) throw new Failed(422, 'invalid', 'a known origin needs evidence: where is it shown?')
  if (before?.origin === 'unknown' && origin === 'known' && before.actor === actor) throw new Failed(409, 'same_person', 'You entered it as unknown; another person has to clear it.')
  const round = from.find((one) => comesFrom(one, id, known))
  if (round !== undefined) throw new Failed(409, 'refused', `${round} comes from ${id}, so ${id} cannot come from it: leave it out of from`)
  const made = before?.sources.find((one) => one.maker !== 'none')?.maker
  if (made !== undefined && maker !== undefined && made !== maker) throw new Failed(409, 'refused', `${id} is entered as made by ${made}: enter other weights under another name`)
  // What sticks stays stuck: clearing an origin takes no flag, licence, ancestor or maker away.
  const one: Ancestor = { id, kind, origin, flags: together(before?.flags, flags), licences: together(before?.licences, licences), from: together(before?.from, from) }
  return { one, more: { ...before?.body, sources: kind === 'weights' ? [weightsSource(maker ?? made, one.licences)] : [], ...(evidence === undefined ? {} : { evidence }) } }
}

const weightsSource = (maker: string | undefined, licences: readonly string[]): Json =>
  ({ maker: maker ?? 'none', channel: 'own', access: 'weights', origin: maker === undefined ? 'unknown' : 'model', flags: [], ...(licences[0] === undefined ? {} : { licence: licences[0] }) })

function lineageRoutes(api: Api, { store, clock }: AdminPorts): void {
  const inFull = ancestor.extend({ purpose: z.string().nullable(), rows: z.string().nullable(), exclusions: z.array(z.object({ clause: z.string(), maker: z.string(), rows: z.string() })).describe('Rows that were refused, by clause.'), body: z.unknown() })
  api.get('/admin/v1/lineage/:id', { schema: { tags, summary: 'One dataset, training or model as it is registered', params: z.object({ id: nameParam }), response: { 200: inFull } } }, async (request) => {
    const found = (await readLineage(adminSql(store))).get(nameIn(request.params.id))
    if (found === undefined) throw notFound(`nothing called ${nameIn(request.params.id)} is registered`)
    const { purpose, rows, exclusions } = found.body as { readonly purpose?: string; readonly rows?: string; readonly exclusions?: readonly { readonly clause: string; readonly maker: string; readonly rows: string }[] }
    return { ...shown(found), purpose: purpose ?? null, rows: rows ?? null, exclusions: [...(exclusions ?? [])], body: found.body }
  })
  api.get('/admin/v1/lineage', { schema: { tags, summary: 'Datasets, trainings, weights and models, with what sticks to them', querystring: z.object({ organization: z.string().optional(), origin: z.enum(['known', 'unknown']).optional().describe('unknown: the remediation queue.') }), response: { 200: listOf(ancestor) } } }, async (request) => {
    const all = [...(await readLineage(adminSql(store), request.query.organization)).values()]
    return { data: all.filter((one) => request.query.origin === undefined || one.origin === request.query.origin).map(shown) }
  })
  api.put('/admin/v1/lineage/:id', { schema: { tags, summary: 'Enter what is older than Weir, or clear its origin', params: z.object({ id: nameParam }), body: entered, response: { 200: z.object({ id: z.string(), version: z.number() }) } } }, async (request) => {
    const id = nameIn(request.params.id)
    const { organization } = request.body
    const actor = request.actor ?? 'console'
    const version = await store.transaction('admin', async (sql) => {
      await holdName(sql, id)
      const known = await readLineage(sql)
      const entry = enteredAs(id, request.body, known, actor)
      return register(sql, organization, entry.one, entry.more, actor, clock.now())
    })
    return { id, version }
  })
}

export function datasetsApi(api: Api, ports: AdminPorts): void {
  datasetRoutes(api, ports)
  modelRoutes(api, ports)
  lineageRoutes(api, ports)
}
