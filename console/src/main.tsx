import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { lazy, StrictMode, Suspense, useEffect, useState, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles.css'
import './appearance.ts'
import { ConfirmFactor } from './confirm-factor.tsx'
import { connectLive } from './live.ts'
import { ErrorNote } from './parts/states.tsx'
import { queryClient } from './queries.ts'
import { router } from './router.tsx'
import { may, mayAsk, useSession } from './session.ts'
import { SignIn } from './sign-in.tsx'
import { refreshWho } from './who.ts'

const SetUp = lazy(() => import('./set-up.tsx').then((page) => ({ default: page.SetUp })))
const SetUpFactor = lazy(() => import('./set-up.tsx').then((page) => ({ default: page.SetUpFactor })))
const Welcome = lazy(() => import('./set-up.tsx').then((page) => ({ default: page.Welcome })))

/** Which of the pages around signing in, or the console itself. */
function App(): ReactNode {
  const { stage, who } = useSession()
  const [failure, setFailure] = useState<unknown>()
  const [, setPath] = useState(location.pathname)
  const [later, setLater] = useState(false)
  useEffect(() => void refreshWho().catch(setFailure), [])
  const actor = stage === 'full' ? who?.actor : undefined
  useEffect(() => {
    if (actor === undefined) return
    const stop = may('calls.read') ? connectLive() : undefined
    return () => {
      stop?.()
      queryClient.clear()
    }
  }, [actor])
  const goOn = (path: string): void => {
    history.replaceState(undefined, '', path)
    setPath(path)
  }
  if (failure !== undefined) return <main className="p-6"><ErrorNote cause={failure} retry={() => location.reload()} /></main>
  if (stage === 'asking') return null
  if (location.pathname === '/welcome' && location.hash.length > 1) return <Welcome goOn={goOn} />
  if (stage === 'enrol') return <SetUpFactor goOn={goOn} />
  if (stage !== 'full') return <SignIn />
  if (!later && who?.set_up === true && mayAsk('POST /admin/v1/set-up') && (location.pathname === '/set-up' || location.pathname === '/')) return <SetUp onLater={() => setLater(true)} />
  if (['/set-up', '/welcome', '/sign-in'].includes(location.pathname)) history.replaceState(undefined, '', '/')
  return <RouterProvider router={router} />
}

const place = document.getElementById('root')
if (place !== null) createRoot(place).render(<StrictMode><QueryClientProvider client={queryClient}><Suspense fallback={null}><App /></Suspense><ConfirmFactor /></QueryClientProvider></StrictMode>)
