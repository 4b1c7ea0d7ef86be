/** Asks the server who is signed in, and signs out. */
import { ask } from './api.ts'
import { become, endSession } from './session.ts'

/** After each step of signing in, and when the page opens. */
export async function refreshWho(): Promise<void> {
  const door = await ask('GET /admin/v1/sign-in', {})
  const inside = door.stage === 'full' || door.stage === 'enrol'
  become({ door, who: inside ? await ask('GET /admin/v1/session', {}) : undefined, stage: door.stage ?? 'out' })
}

export async function signOut(): Promise<void> {
  const { continue_at: next } = await ask('DELETE /admin/v1/session', {})
  endSession('signed-out')
  if (next !== null) location.assign(next)
  else become({ door: await ask('GET /admin/v1/sign-in', {}) })
}
