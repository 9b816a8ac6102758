// Nothing is created in a namespace that does not exist or is going; the namespaces every cluster needs cannot be deleted.
// Source: k8s.io/apiserver pkg/admission/plugin/namespace/lifecycle/admission.go.
import type { Namespace } from '../../../api/core/v1.ts'
import { ApiError, forbidden, notFound } from '../../../apimachinery/api-error.ts'
import type { Lister } from '../../../client/informers/informer.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { refuse } from '../refuse.ts'

const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])
const namespaceResource = { group: '', plural: 'namespaces' }

/** Reviews are answers, not objects of the namespace. */
const isReview = ({ group, plural }: { readonly group: string; readonly plural: string }) =>
  group === 'authorization.k8s.io' && plural === 'localsubjectaccessreviews'

export function newNamespaceLifecycle({ namespaces }: { readonly namespaces: Pick<Lister<Namespace>, 'get'> }): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE' || operation === 'DELETE',
    inputs: ({ namespace }) => (namespace ? [() => namespaces.get(namespace)] : undefined),
    admit(attributes) {
      const { operation, resource, namespace, name } = attributes
      const isNamespace = resource.group === '' && resource.plural === 'namespaces'
      if (isNamespace && operation === 'DELETE' && immortal.has(name)) throw forbidden(namespaceResource, name, 'this namespace may not be deleted')
      if (!namespace || isNamespace || operation === 'DELETE' || isReview(resource)) return
      const found = namespaces.get(namespace)
      if (!found) throw notFound(namespaceResource, namespace)
      if (operation !== 'CREATE') return
      if (found.status?.phase !== 'Terminating' && !found.metadata.deletionTimestamp) return
      const error = refuse(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`)
      throw new ApiError('Forbidden', error.message, {
        details: {
          ...error.details,
          causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
        },
      })
    },
  }
}
