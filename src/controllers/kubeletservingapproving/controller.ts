import { isUndecided, pemOf, withDecision } from '../../api/certificates/conditions.ts'
import { keyOf } from '../../api/object.ts'
import { certificateSigningRequests, nodes as nodeResource } from '../../api/resources.ts'
import { parseCertificateRequest } from '../../pki/certificate-request.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { nodeUserPrefix, signerNames } from '../framework/kubelet-requests.ts'
import { done, TerminalError } from '../framework/result.ts'
import { whyNot } from './decide.ts'

const message = 'Approved: the names and addresses are those of the Node object.'

/**
 * Approves serving certificates of kubelets. Upstream leaves this to whoever runs the cluster; `cox server` runs its own nodes, and knows
 * from their Node objects what they are called.
 */
export function newKubeletServingApprovingController(context: ControllerContext): Controller {
  const { client, informers, logger } = context
  const requests = informers.for(certificateSigningRequests)
  const nodes = informers.for(nodeResource)
  const requestsOf = (node: string) => requests.lister.all().filter((request) => request.spec.username === nodeUserPrefix + node && isUndecided(request))
  return controller('kubelet-serving-approving-controller', context, {
    watches: [onChange(requests, keyOf), onChange(nodes, (node) => requestsOf(node.metadata.name).map(keyOf))],
    async reconcile(key, signal) {
      const request = requests.lister.get(key)
      if (!request || request.spec.signerName !== signerNames.kubeletServing || !isUndecided(request)) return done
      const asked = await parseCertificateRequest(pemOf(request.spec.request)).catch((cause: unknown) => {
        throw new TerminalError(`unable to parse csr ${JSON.stringify(key)}`, { cause })
      })
      const why = whyNot({ spec: request.spec, asked, nodes: nodes.lister.all() })
      if (why !== undefined) {
        // A change of a Node brings the request here again.
        logger.debug('Left a request for a serving certificate alone', { request: key, why })
        return done
      }
      await client.update(certificateSigningRequests, withDecision(request, 'Approved', 'AutoApproved', message), { subresource: 'approval', signal })
      return done
    },
  })
}
