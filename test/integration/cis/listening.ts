import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const listenState = '0A'

/** Where a process listens: `127.0.0.1:6443` of TCP, and `unix PATH` of sockets in the file system or beside it. Needs Linux. */
export function listeningOf(pid: number): string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return [] // closed meanwhile
      }
    }),
  )
  const rows = (file: string) =>
    readFileSync(`/proc/${pid}/net/${file}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
  const tcp = rows('tcp').flatMap(([, local = '', , state, , , , , , inode = '']) => (state === listenState && own.has(inode) ? [ipv4(local)] : []))
  const tcp6 = rows('tcp6').flatMap(([, local = '', , state, , , , , , inode = '']) => (state === listenState && own.has(inode) ? [`[${local}]`] : []))
  // Flag 0x10000: it accepts connections.
  const unix = rows('unix').flatMap(([, , , flags = '0', , , inode = '', path = '']) =>
    Number.parseInt(flags, 16) & 0x10000 && own.has(inode) ? [`unix ${path}`] : [],
  )
  return [...tcp, ...tcp6, ...unix].toSorted()
}

/** `0100007F:192B` -> `127.0.0.1:6443` */
function ipv4(local: string): string {
  const [address = '', port = ''] = local.split(':')
  const bytes = address.match(/../g) ?? []
  return `${bytes
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.')}:${Number.parseInt(port, 16)}`
}
