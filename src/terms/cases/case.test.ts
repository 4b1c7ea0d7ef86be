import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { acts, automaticMs, caseOf, clocks, inForceAt, judgeApproval, judgeMove, judgeRestriction, needsTwo, states, transitions } from './case.ts'
import type { Case, CaseEvent, EventBody } from './case.ts'
import { refusesAt, refusesCall, restrictionKinds } from './restriction.ts'
import type { HeldPoint, Restriction } from './restriction.ts'

const people = ['anna', 'ben', 'cleo'] as const
const signal: EventBody = { kind: 'signalled', organization: 'acme', about: { organization: 'acme' }, source: 'own_initiative', matter: 'misuse', clause: 'oai.extract', says: 'Calls look like extraction.', evidence: ['call_1'] }

const restriction = (given: Partial<Restriction> & Pick<Restriction, 'kind'>): Restriction => ({
  id: 'restriction_1', scope: { organization: 'acme', project: 'feed', key: 'key_1', model: 'gpt-4.1' }, clause: 'oai.extract', says: 'Extraction.', evidence: ['call_1'], appeal: 'write to us', reversible: given.kind !== 'terminate', automatic: false, ...given,
})

function told(bodies: readonly EventBody[], actor = 'anna', atMs = 0): Case {
  const made = caseOf('case_1', [signal, ...bodies].map((body, index): CaseEvent => ({ number: index + 1, kind: body.kind, body, atMs: atMs + index, actor })))
  assert.ok(made !== undefined)
  return made
}

const moved = (...names: (typeof acts)[number][]): EventBody[] => names.map((act) => ({ kind: 'moved', act, says: 'because', evidence: [], ...(act === 'decide' ? { finding: 'penalty' as const } : {}) }))

const scopeArb = fc.record({ organization: fc.constantFrom('acme', 'other'), project: fc.constant('feed'), key: fc.constant('key_1'), model: fc.constant('gpt-4.1') }, { requiredKeys: ['organization'] })
const restrictionArb = fc.record({
  kind: fc.constantFrom(...restrictionKinds), clause: fc.constantFrom('', 'oai.extract'), says: fc.constantFrom('', 'why'), evidence: fc.constantFrom([], [''], ['call_1']), appeal: fc.constantFrom('', 'write'),
  scope: scopeArb, automatic: fc.boolean(), reversible: fc.boolean(), urgent: fc.constantFrom(undefined, 'key_theft' as const), percent: fc.constantFrom(undefined, 50), purposes: fc.constantFrom(undefined, ['product']),
})
type Step = { readonly who: (typeof people)[number]; readonly gapMs: number } & ({ readonly do: 'move'; readonly act: (typeof acts)[number] } | { readonly do: 'restrict'; readonly what: Partial<Restriction> & Pick<Restriction, 'kind'> } | { readonly do: 'approve'; readonly index: number })
const stepArb: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('move' as const), who: fc.constantFrom(...people), gapMs: fc.constantFrom(1, clocks.answer), act: fc.constantFrom(...acts) }),
  fc.record({ do: fc.constant('restrict' as const), who: fc.constantFrom(...people), gapMs: fc.constantFrom(1, clocks.triage), what: restrictionArb as fc.Arbitrary<Partial<Restriction> & Pick<Restriction, 'kind'>> }),
  fc.record({ do: fc.constant('approve' as const), who: fc.constantFrom(...people), gapMs: fc.constantFrom(1, clocks.triage), index: fc.nat(4) }),
)

/** Plays steps through the judges, keeping what they allow. */
function play(steps: readonly Step[], seen: (now: Case, atMs: number) => void): number {
  let events: CaseEvent[] = [{ number: 1, kind: 'signalled', body: signal, atMs: 0, actor: 'program' }]
  let atMs = 0
  let held = 0
  for (const [index, step] of steps.entries()) {
    atMs += step.gapMs
    const now = caseOf('case_1', events)
    assert.ok(now !== undefined)
    const body = ((): EventBody | undefined => {
      if (step.do === 'move') {
        const finding = step.act === 'decide' ? 'penalty' : undefined
        const evidence = ['new']
        return judgeMove(now, { act: step.act, says: 'why', finding, evidence, actor: step.who, atMs }).status === 'may' ? { kind: 'moved', act: step.act, says: 'why', evidence, ...(finding === undefined ? {} : { finding }) } : undefined
      }
      if (step.do === 'restrict') {
        const made = { ...restriction(step.what), id: `restriction_${index}` }
        return judgeRestriction(now, made, atMs).status === 'may' ? { kind: 'restricted', restriction: made } : undefined
      }
      const found = now.restrictions[step.index]
      return found !== undefined && judgeApproval(now, found.id, step.who, atMs).status === 'may' ? { kind: 'restriction-approved', restriction: found.id } : undefined
    })()
    if (body === undefined) continue
    events = [...events, { number: events.length + 1, kind: body.kind, body, atMs, actor: step.who }]
    const after = caseOf('case_1', events)
    assert.ok(after !== undefined)
    held += inForceAt(after, atMs).filter((one) => needsTwo(one.kind)).length
    seen(after, atMs)
  }
  return held
}

test('no suspension without two different people, a clause, evidence and a way to appeal', () => {
  fc.assert(fc.property(fc.array(stepArb, { maxLength: 40 }), (steps) => {
    play(steps, (now, atMs) => {
      for (const one of inForceAt(now, atMs)) {
        assert.ok(one.clause !== '' && one.says !== '' && one.appeal !== '' && one.evidence.length > 0 && one.evidence.every((each) => each !== ''))
        if (one.automatic && one.approvedBy === undefined) {
          assert.ok(['watch', 'throttle', 'block_export'].includes(one.kind))
          assert.ok(atMs < one.atMs + automaticMs)
        }
        if (needsTwo(one.kind)) assert.ok(one.approvedBy !== undefined && one.approvedBy !== one.by)
        assert.equal(one.scope.organization, 'acme')
      }
    })
  }), { numRuns: 400, seed: 1 })
  // The property would hold of a machine that allows nothing: this one reaches suspensions.
  const reached = play([
    { do: 'move', act: 'take-up', who: 'anna', gapMs: 1 }, { do: 'move', act: 'open', who: 'anna', gapMs: 1 }, { do: 'move', act: 'notice', who: 'anna', gapMs: 1 },
    { do: 'restrict', what: { kind: 'suspend_key' }, who: 'anna', gapMs: 1 }, { do: 'approve', index: 0, who: 'anna', gapMs: 1 }, { do: 'approve', index: 0, who: 'ben', gapMs: 1 },
  ], () => {})
  assert.equal(reached, 1)
})

test('every state but an end leads on, and every state can be reached', () => {
  const reached = new Set(['signal', ...states.flatMap((state) => acts.flatMap((act) => transitions[state][act] ?? []))])
  assert.deepEqual(states.filter((state) => !reached.has(state)), [])
  assert.deepEqual(states.filter((state) => acts.every((act) => transitions[state][act] === undefined)), [])
})

test('an appeal is decided by somebody who neither decided nor restricted', () => {
  const now = told([...moved('take-up', 'open', 'notice', 'answer', 'investigate', 'decide', 'appeal')])
  const move = { act: 'reverse' as const, says: 'why', finding: undefined, evidence: [], atMs: 100 }
  assert.deepEqual([judgeMove(now, { ...move, actor: 'anna' }).status, judgeMove(now, { ...move, actor: 'ben' }).status], ['refused', 'may'])
})

test('a closed case opens with new evidence only; silence takes seven days; appeals end after six months', () => {
  const closed = told(moved('take-up', 'dismiss'))
  const reopen = { act: 'reopen' as const, says: 'why', finding: undefined, actor: 'ben', atMs: 100 }
  assert.equal(judgeMove(closed, { ...reopen, evidence: [] }).status, 'refused')
  assert.equal(judgeMove(closed, { ...reopen, evidence: ['call_9'] }).status, 'may')
  const noticed = told(moved('take-up', 'open', 'notice'))
  const silence = { act: 'silence' as const, says: 'why', finding: undefined, evidence: [], actor: 'ben' }
  assert.deepEqual([100, clocks.answer + 3].map((atMs) => judgeMove(noticed, { ...silence, atMs }).status), ['refused', 'may'])
  const decided = told(moved('take-up', 'open', 'notice', 'answer', 'investigate', 'decide'))
  const appeal = { act: 'appeal' as const, says: 'why', finding: undefined, evidence: [], actor: 'acme' }
  assert.deepEqual([100, clocks.appealWindow + 7].map((atMs) => judgeMove(decided, { ...appeal, atMs }).status), ['may', 'refused'])
})

test('a program may watch, throttle and block exports, and what it does lapses after 72 hours unless a person takes it over', () => {
  const open = told(moved('take-up', 'open'))
  const judged = (kind: Restriction['kind']): string => judgeRestriction(open, restriction({ kind, automatic: true, percent: 50, purposes: ['product'] }), 10).status
  assert.deepEqual(restrictionKinds.filter((kind) => judged(kind) === 'may'), ['watch', 'throttle', 'block_export'])
  const block: EventBody = { kind: 'restricted', restriction: restriction({ kind: 'block_export', automatic: true }) }
  const automatic = told([...moved('take-up', 'open'), block])
  assert.deepEqual([3, automaticMs + 2, automaticMs + 3].map((atMs) => inForceAt(automatic, atMs).length), [1, 1, 0])
  const taken = told([...moved('take-up', 'open'), block, { kind: 'restriction-approved', restriction: 'restriction_1' }])
  assert.equal(inForceAt(taken, automaticMs + 3).length, 1)
})

test('the second person may end a suspension sooner than the first proposed, never later, and nothing ends before it begins', () => {
  const proposed = (untilMs?: number): Case => told([...moved('take-up', 'open', 'notice'), { kind: 'restricted', restriction: restriction({ kind: 'suspend_key', ...(untilMs === undefined ? {} : { untilMs }) }) }])
  const judged = (now: Case, untilMs?: number): string => {
    const found = judgeApproval(now, 'restriction_1', 'ben', 100, untilMs)
    return found.status === 'may' ? 'may' : `${found.code}: ${found.says}`
  }
  assert.deepEqual([undefined, 500, 1_000].map((untilMs) => judged(proposed(1_000), untilMs)), ['may', 'may', 'may'])
  assert.match(judged(proposed(1_000), 1_001), /^incomplete: It was proposed until 1970-01-01T00:00:01\.000Z: who approves it may end it sooner, and not later/)
  assert.deepEqual([undefined, 5_000].map((untilMs) => judged(proposed(), untilMs)), ['may', 'may'], 'one that would wait to be lifted may get an end')
  for (const untilMs of [99, 100]) assert.equal(judged(proposed(1_000), untilMs), 'incomplete: It would end before it begins.')
  // Whoever takes over what a program did answers for it alone, and says until when.
  const automatic = told([...moved('take-up', 'open'), { kind: 'restricted', restriction: restriction({ kind: 'block_export', automatic: true, untilMs: 1_000 }) }])
  assert.deepEqual([judged(automatic, 9_000), judged(automatic, 100)], ['may', 'incomplete: It would end before it begins.'])
})

test('a measure before the decision ends when the decision is overdue', () => {
  const now = told([...moved('take-up', 'open', 'notice'), { kind: 'restricted', restriction: restriction({ kind: 'block_train' }) }])
  const overdueMs = clocks.triage + clocks.answer + clocks.decision
  assert.deepEqual([overdueMs - 1, overdueMs].map((atMs) => inForceAt(now, atMs).length), [1, 0])
})

test('only a decision finds, and what was found binds no longer once it was reversed or the case opened anew', () => {
  const says = (judged: ReturnType<typeof judgeMove>): string => (judged.status === 'may' ? 'may' : `${judged.code}: ${judged.says}`)
  const penalty = { says: 'why', finding: 'penalty' as const, evidence: ['call_9'], actor: 'ben', atMs: 100 }
  const [triage, investigating] = [told(moved('take-up')), told(moved('take-up', 'open', 'notice', 'answer', 'investigate'))]
  assert.match(says(judgeMove(triage, { ...penalty, act: 'open' })), /^incomplete: Only a decision names a finding/)
  assert.equal(says(judgeMove(investigating, { ...penalty, act: 'decide' })), 'may')
  const end = restriction({ kind: 'terminate', scope: { organization: 'acme' } })
  const mayEnd = (now: Case): string => says(judgeRestriction(now, end, 100))
  assert.equal(mayEnd(told(moved('take-up', 'open', 'notice', 'answer', 'investigate', 'decide'))), 'may')
  const reversed = moved('take-up', 'open', 'notice', 'answer', 'investigate', 'decide', 'appeal', 'reverse')
  assert.match(mayEnd(told(reversed)), /^not_here: A case that is reversed restricts nobody/)
  assert.match(mayEnd(told([...reversed, ...moved('close', 'reopen', 'notice')])), /^too_early: An account ends only after a decision/)
  const cleared = told([...moved('take-up', 'open', 'notice', 'answer', 'investigate'), { kind: 'moved', act: 'decide', says: 'why', finding: 'no_breach', evidence: [] }])
  assert.match(says(judgeRestriction(cleared, restriction({ kind: 'block_train' }), 100)), /^not_here: The decision found no breach/)
})

test('a case that is opened anew has its time to decide from then on, and what an earlier decision imposed stands', () => {
  const overdueMs = clocks.triage + clocks.answer + clocks.decision
  const days = 100 * 86_400_000
  const events = (...bodies: readonly (readonly [EventBody, number])[]): Case => caseOf('case_1', [[signal, 0] as const, ...bodies].map(([body, atMs], index): CaseEvent => ({ number: index + 1, kind: body.kind, body, atMs, actor: 'anna' }))) ?? assert.fail()
  const at = (atMs: number, bodies: readonly EventBody[]): readonly (readonly [EventBody, number])[] => bodies.map((body) => [body, atMs] as const)
  const block: EventBody = { kind: 'restricted', restriction: restriction({ kind: 'block_train' }) }
  const dismissed = events(...at(1, moved('take-up', 'dismiss')), ...at(days, [...moved('reopen'), block]))
  assert.deepEqual([days + 1, days + overdueMs - 1, days + overdueMs].map((atMs) => inForceAt(dismissed, atMs).length), [1, 1, 0])
  const decided = events(...at(1, [...moved('take-up', 'open', 'notice', 'answer', 'investigate', 'decide'), block]), ...at(2, moved('close')), ...at(days, moved('reopen')))
  assert.deepEqual([decided.finding, inForceAt(decided, days + overdueMs).length], [undefined, 1])
  // Proposed before, and brought in force only now: no earlier decision imposed it.
  const suspend: EventBody = { kind: 'restricted', restriction: restriction({ kind: 'suspend_key' }) }
  const late = events(...at(1, [...moved('take-up', 'open', 'notice', 'answer', 'investigate', 'decide'), suspend]), ...at(2, moved('close')), ...at(days, [...moved('reopen'), { kind: 'restriction-approved', restriction: 'restriction_1' }]))
  assert.deepEqual([days + overdueMs - 1, days + overdueMs].map((atMs) => inForceAt(late, atMs).length), [1, 0])
})

test('what each restriction keeps out', () => {
  const use = { organization: 'acme', project: 'feed', key: 'key_1', purpose: 'product', model: 'gpt-4.1' }
  const given = (kind: Restriction['kind']): Restriction => restriction({ kind, purposes: ['evaluation'] })
  assert.deepEqual(restrictionKinds.filter((kind) => refusesCall(given(kind), use)), ['narrow_purpose', 'block_model', 'suspend_key', 'suspend_project', 'suspend_account', 'terminate'])
  const refusedAt = (point: HeldPoint, purpose?: string): string[] => restrictionKinds.filter((kind) => refusesAt(given(kind), point, 'acme', purpose))
  assert.deepEqual(refusedAt('export', 'product'), ['narrow_purpose', 'block_export', 'suspend_account', 'terminate'])
  assert.deepEqual(refusedAt('export', 'evaluation'), ['block_export', 'suspend_account', 'terminate'], 'what the purpose was narrowed to')
  assert.deepEqual(refusedAt('train', 'evaluation'), ['block_train', 'suspend_account', 'terminate'])
  assert.deepEqual(refusedAt('publish'), ['block_export', 'suspend_account', 'terminate'])
  assert.ok(restrictionKinds.every((kind) => !refusesAt(given(kind), 'export', 'other', 'product')))
  for (const kind of restrictionKinds) {
    assert.equal(refusesCall(given(kind), { ...use, key: 'key_2' }), false, kind)
    assert.equal(refusesCall(given(kind), { ...use, organization: 'other' }), false, kind)
  }
})
