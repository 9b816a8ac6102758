import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { loadBalancerAddresses, more, selector } from '../helpers.ts'
import { at, entry, items, strings, text } from '../view.ts'

/** Hosts shown of an Ingress. */
const hostsMax = 3

function hosts(object: JsonObject): string {
  const rules = items(object, 'spec.rules')
  const shown: string[] = []
  let truncated = false
  for (const rule of rules) {
    if (shown.length === hostsMax) {
      truncated = true
      break
    }
    const host = text(rule, 'host')
    if (host) shown.push(host)
  }
  if (shown.length === 0) return '*'
  return truncated ? `${shown.join(',')} + ${rules.length - hostsMax} more...` : shown.join(',')
}

function parentRef(object: JsonObject): string {
  if (!at(object, 'spec.parentRef')) return '<none>'
  const group = text(object, 'spec.parentRef.group')
  const namespace = text(object, 'spec.parentRef.namespace')
  const resource = text(object, 'spec.parentRef.resource').toLowerCase()
  return [group ? `${resource}.${group}` : resource, ...(namespace ? [namespace] : []), text(object, 'spec.parentRef.name')].join('/')
}

function parameters(object: JsonObject): string {
  if (!at(object, 'spec.parameters')) return '<none>'
  const group = text(object, 'spec.parameters.apiGroup')
  return `${text(object, 'spec.parameters.kind')}${group ? `.${group}` : ''}/${text(object, 'spec.parameters.name')}`
}

const isDefaultClass = (object: JsonObject) => entry(object, 'metadata.annotations', 'ingressclass.kubernetes.io/is-default-class') === 'true'

export const networkingCells: Readonly<Record<string, KindCells>> = {
  'discovery.k8s.io/EndpointSlice': {
    AddressType: (object) => text(object, 'addressType'),
    Ports: (object) =>
      more(
        items(object, 'ports').map((port) => text(port, 'port', at(port, 'name') === undefined ? '*' : text(port, 'name'))),
        3,
      ),
    Endpoints: (object) =>
      more(
        items(object, 'endpoints').flatMap((endpoint) => strings(endpoint, 'addresses')),
        3,
      ),
  },
  'networking.k8s.io/IPAddress': { ParentRef: parentRef },
  'networking.k8s.io/Ingress': {
    Class: (object) => text(object, 'spec.ingressClassName', '<none>'),
    Hosts: hosts,
    Address: (object) => loadBalancerAddresses(object).join(','),
    Ports: (object) => (items(object, 'spec.tls').length > 0 ? '80, 443' : '80'),
  },
  'networking.k8s.io/IngressClass': {
    Name: (object) => `${text(object, 'metadata.name')}${isDefaultClass(object) ? ' (default)' : ''}`,
    Controller: (object) => text(object, 'spec.controller'),
    Parameters: parameters,
  },
  'networking.k8s.io/NetworkPolicy': { 'Pod-Selector': (object) => selector(object, 'spec.podSelector') },
  'networking.k8s.io/ServiceCIDR': { CIDRs: (object) => strings(object, 'spec.cidrs').join(',') },
}
