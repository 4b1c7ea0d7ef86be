/** Links and addresses over the router, by `Place`: pages know paths.ts and not the router. */
import { Link, useLocation, useNavigate, useParams } from '@tanstack/react-router'
import { useCallback, type ReactNode } from 'react'
import { address, type Place, type Search } from '../paths.ts'
import { mayOpen } from '../places.ts'

export function Go({ to, children, className = 'link', label, current }: { readonly to: Place; readonly children: ReactNode; readonly className?: string; readonly label?: string | undefined; readonly current?: boolean }): ReactNode {
  // What one may not open is named all the same.
  if (!mayOpen(to.to)) return <span>{children}</span>
  return <Link to={to.to as '/'} search={(to.search ?? {}) as never} className={className} {...(label === undefined ? {} : { 'aria-label': label })} {...(current === true ? { 'aria-current': 'page' as const } : {})}>{children}</Link>
}

/** The query of the present address, and a way to change parts of it. An empty text takes a part away. */
export function useAddress(): readonly [Search, (change: Readonly<Record<string, string>>) => void] {
  const location = useLocation()
  const navigate = useNavigate()
  const search = location.search as Search
  const path = location.pathname
  const change = useCallback((changed: Readonly<Record<string, string>>) => {
    const next = Object.fromEntries(Object.entries({ ...search, ...changed }).filter(([, value]) => value !== ''))
    void navigate({ href: address({ to: path, search: next }), replace: true })
  }, [search, path, navigate])
  return [search, change]
}

export function useGo(): (to: Place) => void {
  const navigate = useNavigate()
  return useCallback((to: Place) => void navigate({ href: address(to) }), [navigate])
}

/** A `$name` of the path. */
export const usePart = (name: string): string | undefined => (useParams({ strict: false }) as Readonly<Record<string, string | undefined>>)[name]
