// Nothing is created in a namespace that does not exist or is going; the namespaces every cluster needs cannot be deleted.
// Source: k8s.io/apiserver pkg/admission/plugin/namespace/lifecycle/admission.go.
import type { Namespace } from '../../../api/core/v1.ts'
import { ApiError, forbidden, notFound } from '../../../apimachinery/api-error.ts'
import type { Lister } from '../../../client/informers/informer.ts'
import type { AdmissionPlugin } from '../admission.ts'

const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])
const namespaceResource = { group: '', plural: 'namespaces' }

/** Reviews are answers, not objects of the namespace. */
const reviews: ReadonlySet<string> = new Set(['authorization.k8s.io/localsubjectaccessreviews'])

export function newNamespaceLifecycle({ namespaces }: { readonly namespaces: Pick<Lister<Namespace>, 'get'> }): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE' || operation === 'DELETE',
    admit({ operation, resource, namespace, name, subresource }) {
      if (operation === 'DELETE' && resource.group === '' && resource.plural === 'namespaces' && immortal.has(name)) {
        throw forbidden(namespaceResource, name, 'this namespace may not be deleted')
      }
      if (!namespace || (resource.group === '' && resource.plural === 'namespaces')) return
      if (operation !== 'CREATE' || reviews.has(`${resource.group}/${resource.plural}`)) return
      const found = namespaces.get(namespace)
      if (!found) throw notFound(namespaceResource, namespace)
      if (found.status?.phase !== 'Terminating' && !found.metadata.deletionTimestamp) return
      if (subresource) return
      const error = forbidden(resource, name, `unable to create new content in namespace ${namespace} because it is being terminated`)
      throw new ApiError('Forbidden', error.message, {
        details: {
          ...error.details,
          causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
        },
      })
    },
  }
}
