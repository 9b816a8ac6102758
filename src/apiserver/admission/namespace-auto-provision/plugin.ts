// Creates the namespace that an object is created in. Source: plugin/pkg/admission/namespace/autoprovision/admission.go.
import type { Namespace } from '../../../api/core/v1.ts'
import { namespaces as namespaceType } from '../../../api/resources.ts'
import { ApiError, isAlreadyExists } from '../../../apimachinery/api-error.ts'
import type { Client } from '../../../client/client.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { refuse } from '../refuse.ts'

export interface NamespaceAutoProvisionDependencies {
  readonly namespaces: Pick<StoreLister<Namespace>, 'get'>
  readonly client: Pick<Client, 'create'>
}

export function newNamespaceAutoProvision({ namespaces, client }: NamespaceAutoProvisionDependencies): AdmissionPlugin {
  return {
    name: 'NamespaceAutoProvision',
    handles: (operation) => operation === 'CREATE',
    async admit(attributes) {
      const { namespace, resource, dryRun } = attributes
      if (dryRun || !namespace || (resource.group === '' && resource.plural === 'namespaces') || namespaces.get(namespace)) return
      try {
        await client.create(namespaceType, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } as Namespace)
      } catch (error) {
        if (isAlreadyExists(error)) return
        throw error instanceof ApiError ? refuse(attributes, error.message) : error
      }
    },
  }
}
