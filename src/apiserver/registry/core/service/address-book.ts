// IPAddress objects: one per cluster IP in use. Who creates one has the address, whichever server he asks: that they exist once is what keeps
// two Services from getting the same one. Source: pkg/registry/core/service/ipallocator/ipallocator.go.
import type { Service } from '../../../../api/core/v1.ts'
import { allocatorName, familyLabel, managedByLabel } from '../../../../api/networking/allocated-address.ts'
import type { IPAddress } from '../../../../api/networking/v1.ts'
import type { New } from '../../../../api/object.ts'
import { ipAddresses } from '../../../../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../../../../apimachinery/api-error.ts'
import type { Client } from '../../../../client/client.ts'
import type { Lister } from '../../../../client/informers/informer.ts'
import { familyOf } from './needs.ts'

export interface AddressBook {
  /** As far as is known here: another server may have taken it a moment ago. */
  has(ip: string): boolean
  /** @returns false: somebody has it */
  take(ip: string, service: Service): Promise<boolean>
  drop(ip: string): Promise<void>
}

/** @param client for the server's own requests */
export function newAddressBook(client: Pick<Client, 'create' | 'delete'>, known: Pick<Lister<IPAddress>, 'get'>): AddressBook {
  return {
    has: (ip) => known.get(ip) !== undefined,
    async take(ip, { metadata: { namespace, name } }) {
      const address = {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IPAddress',
        metadata: {
          name: ip,
          labels: {
            [familyLabel]: familyOf(ip),
            [managedByLabel]: allocatorName,
          },
        },
        spec: { parentRef: { group: '', resource: 'services', namespace, name } },
      } as New<IPAddress>
      try {
        await client.create(ipAddresses, address)
        return true
      } catch (error) {
        if (isAlreadyExists(error)) return false
        throw error
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
