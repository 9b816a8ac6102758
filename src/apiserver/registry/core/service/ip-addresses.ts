// IPAddress objects: one per cluster IP in use, so that everybody sees which are taken and by whom.
// Source: pkg/registry/core/service/ipallocator/ipallocator.go.
import type { Service } from '../../../../api/core/v1.ts'
import type { IPAddress } from '../../../../api/networking/v1.ts'
import type { New } from '../../../../api/object.ts'
import { ipAddresses } from '../../../../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../../../../apimachinery/api-error.ts'
import type { Client } from '../../../../client/client.ts'

export interface AddressBook {
  note(ip: string, service: Service): Promise<void>
  drop(ip: string): Promise<void>
}

/** @param client for the server's own requests */
export function newAddressBook(client: Pick<Client, 'create' | 'delete'>): AddressBook {
  return {
    async note(ip, { metadata: { namespace, name } }) {
      const address = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IPAddress',
        metadata: {
          name: ip,
          labels: {
            'ipaddress.kubernetes.io/ip-family': ip.includes(':') ? 'IPv6' : 'IPv4',
            'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
          },
        },
        spec: { parentRef: { group: '', resource: 'services', namespace, name } },
      } as New<IPAddress>
      try {
        await client.create(ipAddresses, address)
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
      }
    },
    async drop(ip) {
      try {
        await client.delete(ipAddresses, { name: ip })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    },
  }
}
