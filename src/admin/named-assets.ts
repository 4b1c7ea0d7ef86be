/** Which infrastructure asset carries a deployment, as the deployment or its provider names it. */
import { deploymentId } from '../gateway/build-snapshot.ts'
import type { DeploymentResource, ProviderResource } from '../gateway/resources.ts'
import { all, type State } from './entries.ts'

/** The asset of one deployment: its own, else an in-house one's provider's. */
export const assetOf = (deployment: DeploymentResource, provider: ProviderResource | undefined): string | undefined =>
  deployment.asset ?? (deployment.capacity === 'in-house' ? provider?.asset : undefined)

/** By deployment's id; those that name none are left out. */
export function namedAssets(state: State): ReadonlyMap<string, string> {
  const providers = new Map(all(state, 'provider').map((entry) => [entry.name, entry.body.spec]))
  const named = new Map<string, string>()
  for (const deployment of all(state, 'model').flatMap((entry) => entry.body.spec.deployments)) {
    const asset = assetOf(deployment, providers.get(deployment.provider))
    if (asset !== undefined) named.set(deploymentId(deployment), asset)
  }
  return named
}
