/** A QR code, drawn here: what it holds is a secret, and leaves the page nowhere. */
import { encode } from 'uqr'
import type { ReactNode } from 'react'

export function QrCode({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const { data, size } = encode(text, { ecc: 'M', border: 2 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" className="w-52 max-w-full rounded-lg bg-white">
      <path d={path} fill="#000" />
    </svg>
  )
}
