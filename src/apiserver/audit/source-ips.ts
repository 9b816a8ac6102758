// Where a request comes from: what proxies say, then who really is at the other end.
// Source: k8s.io/apimachinery pkg/util/net/http.go (SourceIPs).
import { formatIp, parseIpSloppy, unmapIp } from '../../util/ip.ts'

interface Origin {
  readonly headers: Readonly<Record<string, string | undefined>>
  headerValues(name: string): readonly string[]
  readonly remoteAddress: string
}

/** Clients whose lists are kept; a full map is emptied. */
const knownMax = 4096
const known = new Map<string, readonly string[]>()

/** Of a header that is repeated only the first counts, as upstream. Texts that are no addresses are left out. */
export function sourceIps(origin: Origin): readonly string[] {
  const { headers, remoteAddress } = origin
  if (headers['x-forwarded-for'] !== undefined || headers['x-real-ip'] !== undefined) return behindProxies(origin)
  let ips = known.get(remoteAddress)
  if (!ips) {
    if (known.size >= knownMax) known.clear()
    const ip = address(remoteAddress)
    ips = ip === undefined ? [] : [ip]
    known.set(remoteAddress, ips)
  }
  return ips
}

function behindProxies(origin: Origin): readonly string[] {
  const first = (name: string) => (origin.headers[name] === undefined ? undefined : origin.headerValues(name)[0])
  const ips = (first('x-forwarded-for') ?? '').split(',').flatMap((part) => address(part.trim()) ?? [])
  const real = address(first('x-real-ip') ?? '')
  if (real !== undefined && !ips.includes(real)) ips.push(real)
  const remote = address(origin.remoteAddress)
  if (remote !== undefined && ips.at(-1) !== remote) ips.push(remote)
  return ips
}

function address(text: string): string | undefined {
  const ip = parseIpSloppy(text)
  return ip && formatIp(unmapIp(ip))
}
