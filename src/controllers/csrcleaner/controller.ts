import { X509Certificate } from 'node:crypto'
import { pemOf } from '../../api/certificates/conditions.ts'
import type { CertificateSigningRequest } from '../../api/certificates/v1.ts'
import { keyOf } from '../../api/object.ts'
import { certificateSigningRequests } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { deleteAtMs } from './decide.ts'

/** Deletes requests that have served their time. Upstream looks once an hour, this at the time itself. */
export function newCsrCleanerController(context: ControllerContext): Controller {
  const { client, informers, clock } = context
  const requests = informers.for(certificateSigningRequests)
  return controller('certificatesigningrequest-cleaner-controller', context, {
    watches: [onChange(requests, keyOf)],
    async reconcile(key, signal) {
      const request = requests.lister.get(key)
      const atMs = request && deleteAtMs(request, notAfterMs(request))
      if (!request || atMs === undefined) return done
      const leftMs = atMs - clock.now()
      if (leftMs >= 0) return requeueAfter(leftMs + 1)
      const { uid, resourceVersion } = request.metadata
      await client.delete(certificateSigningRequests, request.metadata, { preconditions: { uid, resourceVersion }, signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
      return done
    },
  })
}

/** Undefined for what a signer of somebody else's put there that is no certificate: the other limits hold. */
function notAfterMs({ status }: CertificateSigningRequest): number | undefined {
  if (!status?.certificate) return undefined
  try {
    return new X509Certificate(pemOf(status.certificate)).validToDate.getTime()
  } catch {
    return undefined
  }
}
