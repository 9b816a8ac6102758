// What containers hide from each other: variables and ports. Source: pkg/api/pod/warnings.go.
import type { Container, ContainerPort } from '../../../../api/core/v1.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'

type Placed = readonly (readonly [string, Container])[]

/** A second definition is fine when it extends the first. */
export function envWarnings(field: string, { env = [] }: Container): readonly string[] {
  const seen = new Set<string>()
  return env.flatMap(({ name, value = '', valueFrom }, index) => {
    if (!seen.has(name)) {
      seen.add(name)
      return []
    }
    const reference = `$(${name})`
    if (!valueFrom && value !== reference && value.includes(reference)) return []
    return [`${field}.env[${index}]: hides previous definition of ${goQuote(name)}, which may be dropped when using apply`]
  })
}

const inWords = ({ name = '', hostPort = 0, containerPort, protocol, hostIP = '' }: ContainerPort) =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol ?? ''} HostIP:${hostIP}}`

/** How two definitions of the same port disturb each other. */
function conflict(port: ContainerPort, other: ContainerPort): string | undefined {
  const [ip, otherIp, host, otherHost] = [port.hostIP ?? '', other.hostIP ?? '', port.hostPort ?? 0, other.hostPort ?? 0]
  if (ip === otherIp && host === otherHost) return 'duplicate port definition'
  if (host === 0 || otherHost === 0) return 'overlapping port definition'
  return host === otherHost && (ip === '') !== (otherIp === '') ? 'dangerously ambiguous port definition' : undefined
}

type PlacedPort = readonly [field: string, port: ContainerPort]

/** Of a port with all before it. No answer has room for more, and of n equal ports there were n²/2. */
const portWarningsMax = 1000

/** Ports that disturb earlier ones of the same number and protocol. */
function conflictWarnings(ports: readonly PlacedPort[]): readonly string[] {
  const warnings: string[] = []
  const earlier = new Map<string, PlacedPort[]>()
  for (const [field, port] of ports) {
    if (port.hostIP && !port.hostPort) warnings.push(`${field}: hostIP set without hostPort: ${inWords(port)}`)
    const key = `${port.containerPort}/${port.protocol}`
    const same = earlier.get(key) ?? []
    earlier.set(key, same)
    for (const [otherField, other] of same) {
      if (warnings.length >= portWarningsMax) return warnings
      const how = conflict(port, other)
      if (how) warnings.push(`${field}: ${how} with ${otherField}`)
    }
    same.push([field, port])
  }
  return warnings
}

export function portWarnings(containers: Placed): readonly string[] {
  const ports = containers.flatMap(([field, container]) => (container.ports ?? []).map((port, index): PlacedPort => [`${field}.ports[${index}]`, port]))
  const numbers = conflictWarnings(ports)
  const named = new Map<string, string>()
  const names = ports.flatMap(([field, { name }]) => {
    if (!name) return []
    const first = named.get(name)
    if (first === undefined) named.set(name, field)
    if (first === undefined) return []
    return [`${field}: duplicate port name ${goQuote(name)} with ${first}, services and probes that select ports by name will use ${first}`]
  })
  return [...numbers, ...names]
}
