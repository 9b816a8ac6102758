import type { SubjectAccessReview } from '../../api/authorization/v1.ts'
import { isUndecided, pemOf, withDecision } from '../../api/certificates/conditions.ts'
import type { CertificateSigningRequest } from '../../api/certificates/v1.ts'
import { keyOf, type New } from '../../api/object.ts'
import { certificateSigningRequests, subjectAccessReviews } from '../../api/resources.ts'
import { parseCertificateRequest } from '../../pki/certificate-request.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter, TerminalError } from '../framework/result.ts'
import { type Recognition, recognize, reviewOf } from './decide.ts'

/** The right may still be given while the request waits (it is kept for a day). */
const refusedAgainMs = 60_000

/** Approves requests of kubelets for their own identity, when who asks has the right to. */
export function newCsrApprovingController(context: ControllerContext): Controller {
  const { client, informers, logger } = context
  const requests = informers.for(certificateSigningRequests)

  async function isAllowed(request: CertificateSigningRequest, recognition: Recognition, signal: AbortSignal): Promise<boolean> {
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec: reviewOf(request, recognition) } as const
    const { status } = await client.create(subjectAccessReviews, review as New<SubjectAccessReview>, { signal })
    return status?.allowed === true
  }

  return controller('certificatesigningrequest-approving-controller', context, {
    watches: [onChange(requests, keyOf)],
    async reconcile(key, signal) {
      const request = requests.lister.get(key)
      if (!request || !isUndecided(request)) return done
      const asked = await parseCertificateRequest(pemOf(request.spec.request)).catch((cause: unknown) => {
        throw new TerminalError(`unable to parse csr ${JSON.stringify(key)}`, { cause })
      })
      const recognitions = recognize(request, asked)
      for (const recognition of recognitions) {
        if (!(await isAllowed(request, recognition, signal))) continue
        const approved = withDecision(request, 'Approved', 'AutoApproved', recognition.message)
        await client.update(certificateSigningRequests, approved, { subresource: 'approval', signal })
        return done
      }
      if (recognitions.length === 0) return done
      logger.debug('Recognized a request, but its requester lacks the right', { request: key, rights: recognitions.map((r) => r.subresource) })
      return requeueAfter(refusedAgainMs)
    },
  })
}
