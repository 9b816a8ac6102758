import { type CertificateRequest, parseCertificateRequest as parse } from '../../pki/certificate-request.ts'

/** @param request base64 of a PEM block, as in `spec.request`. @returns undefined for what is no request */
export async function parseCertificateRequest(request: string): Promise<CertificateRequest | undefined> {
  try {
    return await parse(Buffer.from(request, 'base64').toString('latin1'))
  } catch {
    return undefined
  }
}
