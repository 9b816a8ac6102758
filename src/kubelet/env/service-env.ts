import type { Service } from '../../api/core/v1.ts'

type Variables = Map<string, string>

/**
 * `FOO_SERVICE_HOST` and its kin, for services that have a cluster IP.
 * @see Kubernetes 1.36 pkg/kubelet/envvars/envvars.go
 */
export function serviceVariables(services: readonly Service[]): Variables {
  const variables: Variables = new Map()
  for (const { metadata, spec } of services) {
    const ip = spec?.clusterIP
    const ports = spec?.ports ?? []
    const first = ports[0]
    if (!ip || ip === 'None' || !first) continue
    const prefix = variableName(metadata.name)
    const host = ip.includes(':') ? `[${ip}]` : ip
    variables.set(`${prefix}_SERVICE_HOST`, ip).set(`${prefix}_SERVICE_PORT`, String(first.port))
    for (const { name, port } of ports) if (name) variables.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port))
    for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
      const url = `${protocol.toLowerCase()}://${host}:${port}`
      if (index === 0) variables.set(`${prefix}_PORT`, url)
      const own = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
      variables.set(own, url).set(`${own}_PROTO`, protocol.toLowerCase()).set(`${own}_PORT`, String(port)).set(`${own}_ADDR`, ip)
    }
  }
  return variables
}

const variableName = (name: string) => name.replaceAll('-', '_').toUpperCase()

/** Services of the pod's namespace, and always the API server's. Own namespace wins. */
export function visibleServices(services: readonly Service[], namespace: string, enableServiceLinks: boolean): Service[] {
  const apiServer = services.filter((s) => s.metadata.namespace === 'default' && s.metadata.name === 'kubernetes')
  return enableServiceLinks ? [...apiServer, ...services.filter((s) => s.metadata.namespace === namespace)] : apiServer
}
