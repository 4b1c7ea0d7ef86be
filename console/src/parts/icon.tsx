/** The few signs that the console uses, drawn on a grid of 24. Decoration: words stand beside them. */
import type { ReactNode } from 'react'

const shapes = {
  overview: 'M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z',
  calls: 'M4 7h11m-3-3 3 3-3 3M20 17H9m3-3-3 3 3 3',
  playground: 'M5 5h14v10H11l-4 4v-4H5z',
  models: 'M5 4h14v6H5zM5 14h14v6H5zM8.5 7h.01M8.5 17h.01',
  access: 'M8 14.5a4.5 4.5 0 1 1 4.1-6.3H20v3.3h-2v2.7h-3v-2.7h-2.9A4.5 4.5 0 0 1 8 14.5zM8 10h.01',
  money: 'M12 3v18M16.5 7.5C15.8 6.2 14 5.6 12 5.6c-2.4 0-4.2 1-4.2 3s1.7 2.8 4.2 3.3 4.6 1.2 4.6 3.4-2 3.1-4.6 3.1c-2.2 0-4-.7-4.8-2.1',
  terms: 'M12 4v16M7 20h10M5 7h14M5 7l-3 6a3 3 0 0 0 6 0zM19 7l-3 6a3 3 0 0 0 6 0z',
  cases: 'M5 21V4m0 1h11l-2 4 2 4H5',
  settings: 'M5 7h8M17 7h2M5 17h2M11 17h8M15 5v4M9 15v4',
  'the-case': 'M4 8h6v8H4zM14 4h6v6h-6zM14 14h6v6h-6zM10 10.5l4-3M10 13.5l4 3',
  outlook: 'M4 19V5M4 19h16M7 15l4-5 3.5 3L20 6.5M20 6.5h-4M20 6.5v4',
  alert: 'M12 4 3 19.5h18zM12 10v4M12 16.8h.01',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  search: 'M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15.5 15.5 20 20',
  menu: 'M4 7h16M4 12h16M4 17h16', close: 'M6 6l12 12M18 6 6 18', check: 'm5 12.5 4.5 4.5L19 7.5', copy: 'M9 9h11v11H9zM5 15H4V4h11v1', out: 'M10 5H5v14h5M14 8l4 4-4 4M18 12H9',
  plus: 'M12 5v14M5 12h14', download: 'M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14', right: 'm9 6 6 6-6 6', play: 'M8 5.5v13l10.5-6.5z', pulse: 'M3 12h4l2.5-7 5 14 2.5-7h4', book: 'M5 5a2 2 0 0 1 2-2h12v15H7a2 2 0 0 0-2 2zM5 20a2 2 0 0 0 2 1h12v-3', key: 'M8 14.5a4.5 4.5 0 1 1 4.1-6.3H20v3.3h-2v2.7h-3v-2.7h-2.9A4.5 4.5 0 0 1 8 14.5zM8 10h.01', rotate: 'M20 11a8 8 0 1 0-2.3 6.2M20 5v6h-6',
} as const

export type IconName = keyof typeof shapes

export function Icon({ name, className = '' }: { readonly name: IconName; readonly className?: string }): ReactNode {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={`size-5 shrink-0 ${className}`} fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round">
      <path d={shapes[name]} />
    </svg>
  )
}
