import { findDecision, isApproved, pemOf, withDecision } from '../../api/certificates/conditions.ts'
import { keyOf } from '../../api/object.ts'
import { certificateSigningRequests } from '../../api/resources.ts'
import type { CertificateAuthority } from '../../pki/certificate-authority.ts'
import { parseCertificateRequest } from '../../pki/certificate-request.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, TerminalError } from '../framework/result.ts'
import { isSignerName, problemOf, type SignerName, validityMs } from './decide.ts'

export interface SigningOptions {
  /** Asked for each certificate, so that a new authority needs no restart. A signer without one leaves its requests alone. */
  readonly authorities: Partial<Record<SignerName, () => CertificateAuthority>>
  /** --cluster-signing-duration: what a certificate lives at most, and unless its request says otherwise. */
  readonly validityMsMax: number
}

/** Issues the certificates of approved requests to the signers kubernetes.io/*. */
export function newCsrSigningController(context: ControllerContext, { authorities, validityMsMax }: SigningOptions): Controller {
  const { client, informers } = context
  const requests = informers.for(certificateSigningRequests)
  return controller('certificatesigningrequest-signing-controller', context, {
    watches: [onChange(requests, keyOf)],
    async reconcile(key, signal) {
      const request = requests.lister.get(key)
      if (!request || request.status?.certificate || !isApproved(request) || findDecision(request, 'Failed')) return done
      const { signerName, usages = [], expirationSeconds } = request.spec
      const authority = isSignerName(signerName) ? authorities[signerName]?.() : undefined
      if (!authority || !isSignerName(signerName)) return done
      const asked = await parseCertificateRequest(pemOf(request.spec.request)).catch((cause: unknown) => {
        throw new TerminalError(`unable to parse csr ${JSON.stringify(key)}`, { cause })
      })
      const problem = problemOf[signerName](asked, usages)
      const options = { subresource: 'status', signal } as const
      if (problem !== undefined) {
        await client.update(certificateSigningRequests, withDecision(request, 'Failed', 'SignerValidationFailure', problem), options)
        return done
      }
      const pem = await authority.sign(asked, { usages, validityMs: validityMs(expirationSeconds, validityMsMax) })
      const status = { ...request.status, certificate: Buffer.from(pem).toString('base64') }
      await client.update(certificateSigningRequests, { ...request, status }, options)
      return done
    },
  })
}
