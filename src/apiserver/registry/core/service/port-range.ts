// The node ports in use as they are stored: one bit for each port of the range, the first port's in the last byte.
// Source: pkg/registry/core/service/allocator/bitmap.go (Snapshot), storage/storage.go; RangeAllocation of core/v1.

export interface PortRange {
  readonly from: number
  readonly to: number
}

/** `30000-32767`. */
export const formatRange = ({ from, to }: PortRange) => `${from}-${to}`

/** @returns base64, empty for no ports */
export function encodePorts(ports: ReadonlySet<number>, range: PortRange): string {
  const used = [...ports].filter((port) => port >= range.from && port <= range.to)
  if (used.length === 0) return ''
  const offsets = used.map((port) => port - range.from)
  const bytes = Buffer.alloc(Math.floor(Math.max(...offsets) / 8) + 1)
  for (const offset of offsets) bytes[bytes.length - 1 - (offset >> 3)]! |= 1 << (offset & 7)
  return bytes.toString('base64')
}

/** @param range as text, of the server that stored `data`; what is none gives no ports */
export function decodePorts(data: string, range: string): Set<number> {
  const from = Number(/^(\d+)-\d+$/.exec(range)?.[1])
  const ports = new Set<number>()
  if (Number.isNaN(from)) return ports
  const bytes = Buffer.from(data, 'base64')
  for (let i = 0; i < bytes.length; i++) {
    for (let bit = 0; bit < 8; bit++) if (bytes[bytes.length - 1 - i]! & (1 << bit)) ports.add(from + i * 8 + bit)
  }
  return ports
}
