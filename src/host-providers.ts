/** Providers that this process serves itself: the sandbox, started when a resource first needs it. */
import type { Installation } from './gateway/build-snapshot.ts'
import type { Clock } from './kernel/clock.ts'
import type { Random } from './kernel/random.ts'
import type { Timers } from './kernel/timers.ts'
import { providerType } from './providers/catalogue.ts'
import { startSandbox, type Sandbox } from './providers/sandbox/sandbox.ts'

export interface HostedProviders {
  /** Where a provider without a base URL is served; undefined before `ensure`, and for providers served elsewhere. */
  readonly url: (provider: string) => string | undefined
  readonly ensure: (installation: Installation) => Promise<void>
  readonly close: () => Promise<void>
}

export function hostProviders(options: { readonly clock: Clock; readonly timers: Timers; readonly random: Random }): HostedProviders {
  const served = new Map<string, Sandbox>()
  return {
    url: (provider) => served.get(provider)?.url,
    ensure: async (installation) => {
      for (const [name, provider] of installation.providers) {
        if (provider.baseUrl !== undefined || providerType(provider.type)?.inProcess !== true || served.has(name)) continue
        served.set(name, await startSandbox({ ...options, seed: 1, profile: provider.options?.['profile'] }))
      }
    },
    close: async () => void (await Promise.all([...served.values()].map((sandbox) => sandbox.close()))),
  }
}
