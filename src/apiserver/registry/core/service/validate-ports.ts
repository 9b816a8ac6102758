// Ports of a Service. Source: pkg/apis/core/validation/validation.go (validateServicePort, ValidateService).
import type { Service, ServicePort } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { isPortName, isPortNumber, isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, label, requiredOneOf } from '../../shared/pod-spec/invalid-values.ts'

export const protocols = ['SCTP', 'TCP', 'UDP']

function validatePort(field: string, port: ServicePort, nameRequired: boolean, names: Set<string>): readonly FieldError[] {
  const { name = '', targetPort, appProtocol } = port
  const errors: FieldError[] = []
  if (name === '') errors.push(...(nameRequired ? [required(`${field}.name`)] : []))
  else {
    errors.push(...label(`${field}.name`, name))
    if (names.has(name)) errors.push(duplicate(`${field}.name`, name))
    names.add(name)
  }
  errors.push(...invalidAll(`${field}.port`, port.port, isPortNumber(port.port)))
  errors.push(...requiredOneOf(`${field}.protocol`, port.protocol, protocols))
  if (typeof targetPort === 'number') errors.push(...invalidAll(`${field}.targetPort`, targetPort, isPortNumber(targetPort)))
  else if (targetPort !== undefined) errors.push(...invalidAll(`${field}.targetPort`, targetPort, isPortName(targetPort)))
  if (appProtocol !== undefined) errors.push(...invalidAll(`${field}.appProtocol`, appProtocol, isQualifiedName(appProtocol)))
  return errors
}

export function validatePorts({ ports = [] }: Service['spec']): readonly FieldError[] {
  const names = new Set<string>()
  return ports.flatMap((port, i) => validatePort(`spec.ports[${i}]`, port, ports.length > 1, names))
}

/** What no two ports of a Service may share. */
export function validatePortNumbers({ type, ports = [] }: Service['spec']): readonly FieldError[] {
  const nodePorts = new Set<string>()
  const numbers = new Set<string>()
  const once = (seen: Set<string>, key: string) => seen.size === seen.add(key).size
  return [
    ...ports.flatMap(({ nodePort }, i) =>
      type === 'ClusterIP' && nodePort ? [forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'")] : [],
    ),
    ...ports.flatMap(({ nodePort, protocol = '' }, i) =>
      nodePort && once(nodePorts, `${protocol}/${nodePort}`) ? [duplicate(`spec.ports[${i}].nodePort`, nodePort)] : [],
    ),
    ...ports.flatMap(({ port, protocol = '' }, i) => {
      // The key by which upstream compares ports is a port with nothing but these two, and printed as such.
      const key = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 }
      return once(numbers, `${protocol}/${port}`) ? [duplicate(`spec.ports[${i}]`, key)] : []
    }),
  ]
}

export function validateHealthCheckPort(field: string, port: number): readonly FieldError[] {
  return isPortNumber(port).map((message) => invalid(field, port, message))
}
