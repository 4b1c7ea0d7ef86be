import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode, useEffect, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles.css'
import './appearance.ts'
import { connectLive } from './live.ts'
import { queryClient } from './queries.ts'
import { router } from './router.tsx'
import { useSession } from './session.ts'
import { SignIn } from './sign-in.tsx'

function App(): ReactNode {
  const { token } = useSession()
  useEffect(() => {
    if (token === undefined) return
    const stop = connectLive()
    return () => {
      stop()
      queryClient.clear()
    }
  }, [token])
  return token === undefined ? <SignIn /> : <RouterProvider router={router} />
}

const place = document.getElementById('root')
if (place !== null) createRoot(place).render(<StrictMode><QueryClientProvider client={queryClient}><App /></QueryClientProvider></StrictMode>)
