import type { Container, ContainerPort, PodSpec } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { isPortName, isPortNumber } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, requiredOneOf } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'

const protocols = ['SCTP', 'TCP', 'UDP']

export function validateContainerPorts(field: string, ports: readonly ContainerPort[] = []): readonly FieldError[] {
  const names = new Set<string>()
  return ports.flatMap((port, index) => {
    const path = `${field}[${index}]`
    const errors: FieldError[] = []
    if (port.name) {
      const messages = isPortName(port.name)
      errors.push(...invalidAll(`${path}.name`, port.name, messages))
      if (messages.length === 0 && names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name))
      if (messages.length === 0) names.add(port.name)
    }
    if (!port.containerPort) errors.push(required(`${path}.containerPort`))
    else errors.push(...invalidAll(`${path}.containerPort`, port.containerPort, isPortNumber(port.containerPort)))
    if (port.hostPort) errors.push(...invalidAll(`${path}.hostPort`, port.hostPort, isPortNumber(port.hostPort)))
    return [...errors, ...requiredOneOf(`${path}.protocol`, port.protocol, protocols)]
  })
}

/** A host port can be given once. */
export function validateHostPortConflicts(field: string, containers: readonly Container[]): readonly FieldError[] {
  const seen = new Set<string>()
  return containers.flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ protocol = '', hostIP = '', hostPort }, index) => {
      if (!hostPort) return []
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (seen.has(key)) return [duplicate(`${field}[${container}].ports[${index}].hostPort`, key)]
      seen.add(key)
      return []
    }),
  )
}

/** On the host's network a container's port is the host's. Templates may leave host ports out: pods get them by default. */
export function validateHostNetworkPorts(field: string, spec: PodSpec, { isPod }: PodValidationOptions): readonly FieldError[] {
  if (!spec.hostNetwork) return []
  return (spec.containers ?? []).flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ hostPort = 0, containerPort }, index) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort
        ? [invalid(`${field}.containers[${container}].ports[${index}].hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')]
        : [],
    ),
  )
}
