/**
 * What terms say to resources before they are applied: a binding clause at the contract point, exclusivity among them,
 * refuses; what only observes for want of approvals, and a project spread over several accounts of a maker, warns.
 */
import { isoTime } from '../kernel/clock.ts'
import { buildSnapshot } from '../gateway/build-snapshot.ts'
import type { Resources } from '../gateway/resources.ts'
import { effectiveRetention, keptAt } from '../gateway/data-retention.ts'
import type { Deployment, Model, Snapshot } from '../gateway/snapshot.ts'
import type { Store } from '../store/store.ts'
import type { RetentionFound } from '../terms/mirror/account-watches.ts'
import { spreadWarnings } from '../terms/policy/decision-table.ts'
import type { KeyFacts } from '../terms/policy/decision-table.ts'
import { contractFindings } from '../terms/policy/explain.ts'
import { inScope } from '../terms/register/facts-of.ts'
import type { Offer } from '../terms/register/facts-of.ts'
import type { Exclusivity, Register } from '../terms/register/register.ts'
import type { Finding } from './check-resources.ts'
import { installationOf, type State } from './entries.ts'
import { applied, planApply } from './plan-apply.ts'
import type { ResourceBook } from './resources.ts'
import { inForce, type TermsDesk } from './terms-desk.ts'

/** A deployment as terms see it. */
export const offerOf = (model: Model, deployment: Deployment): Offer => ({
  deployment: deployment.id, model: model.name, upstreamModel: deployment.upstreamModel, maker: deployment.maker ?? deployment.provider.supplier, channel: deployment.provider.channel,
  account: deployment.provider.account, access: 'api', ...(deployment.region === undefined ? {} : { region: deployment.region }), ...(deployment.retains === undefined ? {} : { retentionRequired: deployment.retains }),
})

/** What was found at the account goes before what weir.yaml says of it, where it lets the supplier keep more. */
function asFound({ retentionRequired, ...offer }: Offer, found: readonly RetentionFound[]): Offer {
  const kept = found.filter((one) => one.account === offer.account && (one.region === undefined || offer.region === undefined || one.region === offer.region))
    .reduce<boolean | undefined>((so, { mode }) => keptAt(mode, so), retentionRequired)
  return kept === undefined ? offer : { ...offer, retentionRequired: kept }
}

export const offersIn = (snapshot: Snapshot, found: readonly RetentionFound[] = []): readonly Offer[] =>
  [...snapshot.models.values()].flatMap((model) => model.deployments.map((deployment) => asFound(offerOf(model, deployment), found)))

export const keysIn = (snapshot: Snapshot): readonly KeyFacts[] =>
  [...snapshot.callers.values()].map(({ key, organization, project, purpose, models, retention }) => ({ key, organization, project, purpose, ...(models === undefined ? {} : { models }), ...(retention.length === 0 ? {} : { retentionNone: (region) => effectiveRetention(retention, region) === 'none' }) }))

export interface TermsAtApply {
  readonly refusals: readonly Finding[]
  readonly warnings: readonly string[]
}

/** The state as it would be; its secrets are placeholders, so it is for looking at only. */
async function stateAfter(resources: ResourceBook, declared: Resources, manager: string): Promise<State> {
  const before = await resources.state()
  let made = 0
  const placeholder = (): string => `planned-${(made += 1)}`
  return applied(before, planApply(before, declared, { now: resources.ports.clock.now(), manager, keyId: placeholder, makeSecret: placeholder, hash: (secret) => secret, hint: () => '' }))
}

const isWaived = ({ waivers }: Exclusivity, { model, upstreamModel, channel }: Offer): boolean => waivers.some((waived) => waived === model || waived === upstreamModel || waived === channel)

/**
 * The exclusive channel may match what another offers: taking such an offer, while the right lasts and it has not waived it,
 * is told. Told and not refused: what the exclusivity itself covers is refused by its clause, and what it leaves to others may
 * be taken; the right binds the maker, who has to ask first.
 */
const matchingRightWarnings = ({ exclusivities }: Register, offers: readonly Offer[], atMs: number): string[] =>
  exclusivities.filter((one) => one.matchingRight && one.endsMs > atMs).flatMap((one) => offers.filter((offer) => inScope(one, offer) && offer.channel !== one.channel && !isWaived(one, offer))
    .map((offer) => `${offer.deployment} is offered by ${offer.channel}: until ${isoTime(one.endsMs).slice(0, 10)} ${one.channel} may match such an offer of ${one.maker}'s (exclusivity ${one.id}). Have it say that it does not, and record that under waivers.`))

export async function termsAtApply(desk: TermsDesk, store: Store, resources: ResourceBook, declared: Resources, manager: string): Promise<TermsAtApply> {
  const snapshot = buildSnapshot(installationOf(await stateAfter(resources, declared, manager)), resources.ports.catalogue)
  const [offers, keys] = [offersIn(snapshot), keysIn(snapshot)]
  const uses = [...new Set(keys.map((key) => key.organization))].flatMap((organization) =>
    offers.filter((offer) => keys.some((key) => key.organization === organization && (key.models === undefined || key.models.has(offer.model)))).map((offer) => ({ organization, offer })))
  const { engine, register } = await inForce(desk, store)
  const found = contractFindings(engine, register, uses, resources.ports.clock.now()).map((one) => ({ ...one, model: offers.find((offer) => offer.deployment === one.deployment)?.model ?? '', says: one.reasons.map((reason) => `${reason.clause}: ${reason.says} ${reason.remedy}`).join(' ') }))
  // A question about a contract is a warning: somebody has to attest, and routes ask again.
  const refusals = found.filter((one) => one.binds && one.outcome === 'deny' && !one.reasons.every((reason) => reason.because === 'unknown'))
  return {
    refusals: refusals.map(({ model, organization, deployment, says }) => ({ path: ['models', model], says: `${organization} may not reach ${deployment}: ${says}` })),
    warnings: [...spreadWarnings(keys, offers), ...matchingRightWarnings(register, offers, resources.ports.clock.now()), ...found.filter((one) => one.reasons.some((reason) => reason.because === 'matched') && !refusals.includes(one)).map(({ organization, deployment, says }) => `${organization} and ${deployment}: ${says}`)],
  }
}
